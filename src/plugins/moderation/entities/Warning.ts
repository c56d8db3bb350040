import { defineEntity, p } from '@mikro-orm/core';
import { User } from '#core';

/** A moderator's warning; it counts until it expires. */
export const Warning = defineEntity({
  name: 'Warning',
  tableName: 'warnings',
  indexes: [{ name: 'warnings_user_id_expires_at_index', properties: ['user', 'expiresAt'] }],
  properties: {
    id: p.text().primary().defaultRaw(`"left"(replace((gen_random_uuid())::text, '-'::text, ''::text), 12)`),
    user: () => p.manyToOne(User).fieldName('user_id').deleteRule('cascade'),
    reason: p.text(),
    issuedBy: p.text(),
    createdAt: p.datetime().defaultRaw('now()'),
    expiresAt: p.datetime().defaultRaw("(now() + '30 days'::interval)"),
    key: p.text().nullable().unique('warnings_key_unique'),
  },
});
