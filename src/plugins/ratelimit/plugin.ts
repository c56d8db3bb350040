import { z } from 'zod';
import { definePlugin, integer, minutes } from '#core';
import { LimitsCommand } from './commands/limits.ts';
import { RateLimit } from './entities/RateLimit.ts';
import { RateLimitPrecondition } from './preconditions/RateLimit.ts';
import { DatabaseRateLimitRepository } from './repositories/DatabaseRateLimitRepository.ts';
import { MemoryRateLimitRepository } from './repositories/MemoryRateLimitRepository.ts';
import type { RateLimitRepository } from './repositories/RateLimitRepository.ts';

/** At most `max` messages in any `windowMs` milliseconds. */
interface RateLimitRule {
  readonly max: number;
  readonly windowMs: number;
}

declare module '@sapphire/pieces' {
  interface Container {
    readonly rateLimits: RateLimitRepository;
    readonly rateLimitRule: RateLimitRule;
  }
}

/** Keeps anyone from writing more than the bot can answer. */
export const ratelimit = () =>
  definePlugin({
    name: 'ratelimit',
    env: z.object({
      RATE_LIMIT_MAX: integer(1, 10_000)
        .default(5)
        .meta({ description: 'Messages that a person may send within the window.' }),
      RATE_LIMIT_WINDOW_MS: integer(1_000, 86_400_000)
        .default(minutes(1))
        .meta({ description: 'Length of the sliding window in milliseconds.' }),
    }),
    entities: [RateLimit],
    services: {
      rateLimits: ({ container: { clock, database } }): RateLimitRepository =>
        database.resilient<RateLimitRepository>({
          primary: new DatabaseRateLimitRepository(database, clock),
          fallback: () => new MemoryRateLimitRepository(clock),
        }),
      rateLimitRule: ({ env }): RateLimitRule => ({ max: env.RATE_LIMIT_MAX, windowMs: env.RATE_LIMIT_WINDOW_MS }),
    },
    commands: { limits: LimitsCommand },
    preconditions: { RateLimit: RateLimitPrecondition },
    conversation: {
      forget: async ({ userId, scope }, { container }) => {
        if (scope === 'conversations') return {};
        await container.rateLimits.resetUserLimit(userId);
        return { 'rate limit': 1 };
      },
      exportData: async (userId, { container }) => {
        const { max, windowMs } = container.rateLimitRule;
        return { rateLimit: await container.rateLimits.getLimit(userId, max, windowMs) };
      },
    },
  });
