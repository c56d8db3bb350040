import type { FastifyInstance } from 'fastify';
import type { DiscordSimulator } from '../DiscordSimulator.ts';
import { NotPressableError } from '../interactions/NotPressableError.ts';

type Body = { userId: string; messageId: string; customId: string };

const text = { type: 'string' };
const schema = {
  body: {
    type: 'object',
    required: ['userId', 'messageId', 'customId'],
    properties: { userId: text, messageId: text, customId: text },
  },
};

/** `POST /press` presses a button as one of the users; answers with the `outcome`, `answered` or `failed`, once that is known. */
export function pressRoute(server: FastifyInstance, discord: DiscordSimulator): void {
  server.post<{ Body: Body }>('/press', { schema }, async (request, reply) => {
    const { userId, messageId, customId } = request.body;
    const user = discord.user(userId);
    if (user === undefined) return reply.code(404).send({ message: `There is no user ${userId}.` });
    try {
      return { outcome: await user.presses(messageId, customId).settled };
    } catch (error) {
      if (!(error instanceof NotPressableError)) throw error;
      return reply.code(409).send({ message: error.message });
    }
  });
}
