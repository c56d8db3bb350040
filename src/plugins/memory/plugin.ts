import { z } from 'zod';
import { definePlugin, hours, integer, minutes, seconds, type Turn } from '#core';
import { Conversation } from './entities/Conversation.ts';
import type { ConversationRepository } from './repositories/ConversationRepository.ts';
import { DatabaseConversationRepository } from './repositories/DatabaseConversationRepository.ts';
import { MemoryConversationRepository } from './repositories/MemoryConversationRepository.ts';
import { RemoveOldConversationsTask } from './scheduled-tasks/removeOldConversations.ts';

declare module '@sapphire/pieces' {
  interface Container {
    readonly conversations: ConversationRepository;
  }
}

/** Remembers what was said, so that the workflow gets the conversation so far. */
export const memory = () =>
  definePlugin({
    name: 'memory',
    env: z.object({
      CONTEXT_MESSAGES: integer(0, 100).default(20).meta({ description: 'Exchanges that are recalled at most.' }),
      CONVERSATION_RETENTION_HOURS: integer(1, 8_760)
        .default(24)
        .meta({ description: 'Hours that an exchange is kept; nothing older is ever recalled.' }),
    }),
    settings: (env) => ({ conversation_retention_hours: env.CONVERSATION_RETENTION_HOURS }),
    entities: [Conversation],
    erasure: 'with the user',
    services: {
      conversations: ({ container: { clock, database }, env }): ConversationRepository => {
        const mirror = new MemoryConversationRepository(clock, {
          retention: hours(env.CONVERSATION_RETENTION_HOURS),
          limit: env.CONTEXT_MESSAGES,
        });
        return database.resilient<ConversationRepository, MemoryConversationRepository>({
          name: 'conversations',
          erasedWith: 'conversations',
          primary: new DatabaseConversationRepository(database, clock, (...recalled) => mirror.learn(...recalled)),
          mirror,
          writes: {
            saveMessage: { options: 4 },
            flushUserConversations: { options: 1 },
            flushAllConversations: { options: 0 },
          },
          deadlines: { flushUserConversations: seconds(30), flushAllConversations: minutes(5) },
        });
      },
    },
    tasks: { removeOldConversations: RemoveOldConversationsTask },
    conversation: {
      recall: async ({ userId }, { container, env }) => ({
        history: await container.conversations.getRecentMessages(userId, env.CONTEXT_MESSAGES),
      }),
      record: async (turn, { reply, delivered }, { container }) => {
        if (!reply || !delivered) return;
        const options = { key: `${turn.id}:conversation`, at: turn.at };
        await container.conversations.saveMessage(turn.userId, turn.username, asText(turn), reply.text, options);
      },
      forget: async ({ userId, scope, at, key }, { container: { conversations } }) => {
        if (scope === 'everything') return {};
        const options = { key: `${key}:conversations`, at };
        const exchanges = await (userId === undefined
          ? conversations.flushAllConversations(options)
          : conversations.flushUserConversations(userId, options));
        return { exchanges };
      },
      exportData: async (userId, { container }) => ({
        conversations: await container.conversations.getRecentMessages(userId, 2_147_483_647),
      }),
    },
  });

// An attachment leaves its name in the history, so that a later turn knows that there was one.
const asText = ({ text, attachments }: Turn): string =>
  [text, ...attachments.map(({ filename }) => `[file: ${filename}]`)].filter((part) => part !== '').join('\n');
