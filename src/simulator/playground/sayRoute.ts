import type { FastifyInstance } from 'fastify';
import type { DiscordSimulator } from '../DiscordSimulator.ts';

type Body = {
  userId: string;
  content: string;
  attachments?: { filename: string; contentType?: string; data: string }[];
};

const file = {
  type: 'object',
  required: ['filename', 'data'],
  properties: {
    filename: { type: 'string', minLength: 1, maxLength: 260 },
    contentType: { type: 'string', maxLength: 100 },
    data: { type: 'string' },
  },
};

const schema = {
  body: {
    type: 'object',
    required: ['userId', 'content'],
    properties: {
      userId: { type: 'string' },
      content: { type: 'string', maxLength: 4000 },
      attachments: { type: 'array', maxItems: 10, items: file },
    },
  },
};

/** `POST /say` says something to the bot as one of the users; attachments come as base64 in `data`. Answers the message's id. */
export function sayRoute(server: FastifyInstance, discord: DiscordSimulator): void {
  server.post<{ Body: Body }>('/say', { schema }, async (request, reply) => {
    const { userId, content, attachments = [] } = request.body;
    const user = discord.user(userId);
    if (user === undefined) return reply.code(404).send({ message: `There is no user ${userId}.` });
    if (content.trim() === '' && attachments.length === 0) {
      return reply.code(400).send({ message: 'There is nothing to say in an empty message.' });
    }
    const files = attachments.map(({ filename, contentType, data }) => ({
      filename,
      contentType,
      content: Buffer.from(data, 'base64'),
    }));
    const message = user.says(content, { attachments: files });
    return reply.code(201).send({ id: message.id });
  });
}
