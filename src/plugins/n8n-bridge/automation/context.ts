import { z } from 'zod';
import { UserRepository } from '../repositories/UserRepository.ts';
import { toContext } from '../WorkflowPayload.ts';
import { discordId } from './discordId.ts';
import { defineEndpoint, failure } from './Endpoint.ts';

/** Exchanges that are shown: as many as `get_user_context` does by default. */
const most = 20;

const moment = z.string().meta({ format: 'date-time' });

/** Tells what the bot knows of somebody: what a call of the workflow would carry, and where their limit stands. */
export const context = defineEndpoint({
  method: 'GET',
  path: '/automation/users/{discordId}/context',
  operationId: 'getContext',
  summary: 'Shows the conversation so far, the warnings that count, and the limit of a person.',
  request: z.strictObject({ discordId }),
  success: z.object({
    userId: discordId,
    username: z.string().optional().meta({ description: 'Missing while the database does not answer.' }),
    conversationContext: z
      .array(z.object({ userMessage: z.string(), aiResponse: z.string(), timestamp: moment }))
      .meta({ description: `Oldest first, ${most} at most.` }),
    warnings: z.int().min(0).meta({ description: 'How many count now.' }),
    limits: z
      .object({ current: z.int().min(0), remaining: z.int().min(0), max: z.int().min(1), resetAt: moment })
      .optional()
      .meta({ description: 'Missing without the plugin ratelimit.' }),
  }),
  failures: { 404: 'The bot does not know the person.' },
  async carryOut({ discordId: userId }, _call, { container }) {
    const { conversations, database, rateLimitRule, rateLimits, warnings } = container;
    const [username, history, active, limit] = await Promise.all([
      new UserRepository(database).findUsername(userId),
      conversations?.getRecentMessages(userId, most) ?? [],
      warnings?.getActiveWarnings(userId) ?? [],
      rateLimits?.getLimit(userId, rateLimitRule.max, rateLimitRule.windowMs),
    ]);
    const isRemembered = history.length + active.length + (limit?.current ?? 0) > 0;
    if (username === null && !isRemembered)
      return failure(404, 'The bot knows nobody with this id: nobody of that id has written to it.');
    if (username === undefined && !isRemembered)
      return failure(503, 'The database does not answer, and this instance remembers nothing of the person.', 10);
    const limits = limit && {
      current: limit.current,
      remaining: limit.remaining,
      max: rateLimitRule.max,
      resetAt: limit.resetAt.toISOString(),
    };
    return {
      status: 200,
      body: {
        userId,
        ...(username ? { username } : {}),
        conversationContext: toContext(history),
        warnings: active.length,
        ...(limits ? { limits } : {}),
      },
    };
  },
});
