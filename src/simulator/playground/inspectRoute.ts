import type { FastifyInstance } from 'fastify';
import type { DiscordSimulator } from '../DiscordSimulator.ts';
import type { Insight } from './Insight.ts';
import { tablesOf } from './tablesOf.ts';

/** `GET /holdings/:userId` tells what the bot keeps of one of the users, table by table; without `tables` while its database is away. */
export function inspectRoute(server: FastifyInstance, discord: DiscordSimulator, insight: Insight | undefined): void {
  server.get<{ Params: { userId: string } }>('/holdings/:userId', async ({ params: { userId } }, reply) => {
    if (discord.user(userId) === undefined) return reply.code(404).send({ message: `There is no user ${userId}.` });
    const holdings = await insight?.holdings(userId);
    return { at: Date.now(), tables: holdings && tablesOf(holdings), failed: holdings?.failed ?? [] };
  });
}
