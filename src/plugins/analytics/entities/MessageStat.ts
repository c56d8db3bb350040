import { defineEntity, p } from '@mikro-orm/core';
import { User } from '#core';

/** One answered chat or one command that ran. */
export const MessageStat = defineEntity({
  name: 'MessageStat',
  tableName: 'message_stats',
  indexes: [
    { name: 'message_stats_user_id_timestamp_index', properties: ['user', 'timestamp'] },
    { name: 'message_stats_timestamp_index', properties: ['timestamp'] },
  ],
  properties: {
    id: p.bigint('number').primary(),
    user: () => p.manyToOne(User).fieldName('user_id').deleteRule('cascade'),
    timestamp: p.datetime().defaultRaw('now()'),
    channelType: p.text().defaultRaw("'dm'"),
    messageType: p.text(),
    responseTimeMs: p.integer().nullable(),
    tokens: p.integer().nullable(),
    key: p.text().nullable().unique('message_stats_key_unique'),
  },
});
