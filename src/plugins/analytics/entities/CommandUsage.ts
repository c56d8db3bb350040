import { defineEntity, p } from '@mikro-orm/core';
import { User } from '#core';

/** One command that ran. */
export const CommandUsage = defineEntity({
  name: 'CommandUsage',
  tableName: 'command_usage',
  indexes: [
    { name: 'command_usage_command_name_executed_at_index', properties: ['commandName', 'executedAt'] },
    { name: 'command_usage_executed_at_index', properties: ['executedAt'] },
    { name: 'command_usage_user_id_index', properties: ['user'] },
  ],
  properties: {
    id: p.bigint('number').primary(),
    user: () => p.manyToOne(User).fieldName('user_id').deleteRule('cascade'),
    commandName: p.text(),
    executedAt: p.datetime().defaultRaw('now()'),
    success: p.boolean(),
    automated: p.boolean().defaultRaw('false'),
    key: p.text().nullable().unique('command_usage_key_unique'),
  },
});
