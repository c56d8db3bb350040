import { defineEntity, p } from '@mikro-orm/core';
import { User } from '#core';

/** One exchange: what a person wrote and what the bot answered. */
export const Conversation = defineEntity({
  name: 'Conversation',
  tableName: 'conversations',
  indexes: [
    { name: 'conversations_user_id_timestamp_index', properties: ['user', 'timestamp'] },
    { name: 'conversations_timestamp_index', properties: ['timestamp'] },
  ],
  properties: {
    id: p.bigint('number').primary(),
    user: () => p.manyToOne(User).fieldName('user_id').deleteRule('cascade'),
    timestamp: p.datetime().defaultRaw('now()'),
    userMessage: p.text(),
    aiResponse: p.text(),
    key: p.text().nullable().unique('conversations_key_unique'),
  },
});
