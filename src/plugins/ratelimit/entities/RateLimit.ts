import { defineEntity, p } from '@mikro-orm/core';
import { User } from '#core';

/** A person's counted messages within the window. */
export const RateLimit = defineEntity({
  name: 'RateLimit',
  tableName: 'rate_limits',
  properties: {
    user: () => p.oneToOne(User).fieldName('user_id').primary().updateRule('no action').deleteRule('cascade'),
    timestamps: p.json<number[]>().defaultRaw("'[]'"),
    keys: p.json<Record<string, number>>().defaultRaw("'{}'"),
    erasedBefore: p.datetime().nullable(),
    updatedAt: p.datetime().defaultRaw('now()'),
  },
});
