import type { Counter } from 'prom-client';
import { z } from 'zod';
import { definePlugin, integer, minutes, type RepositoryCall } from '#core';
import { LimitsCommand } from './commands/limits.ts';
import { countRefusals } from './countRefusals.ts';
import { RateLimit } from './entities/RateLimit.ts';
import { RateLimitPrecondition } from './preconditions/RateLimit.ts';
import { DatabaseRateLimitRepository } from './repositories/DatabaseRateLimitRepository.ts';
import { MemoryRateLimitRepository } from './repositories/MemoryRateLimitRepository.ts';
import type { RateLimitRepository, RateLimitState } from './repositories/RateLimitRepository.ts';

/** At most `max` messages in any `windowMs` milliseconds. */
interface RateLimitRule {
  readonly max: number;
  readonly windowMs: number;
}

declare module '@sapphire/pieces' {
  interface Container {
    readonly rateLimits: RateLimitRepository;
    readonly rateLimitRule: RateLimitRule;
    readonly rateLimitRefusals: Counter<'kind'>;
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
    erasure: 'with the user',
    services: {
      rateLimits: ({ container: { clock, database } }): RateLimitRepository => {
        const mirror = new MemoryRateLimitRepository(clock);
        return database.resilient<RateLimitRepository, MemoryRateLimitRepository>({
          name: 'rateLimits',
          erasedWith: 'everything',
          primary: new DatabaseRateLimitRepository(database, clock, (...counts) => mirror.learn(...counts)),
          mirror,
          writes: {
            checkAndUpdateLimit: { options: 3, kept: admitted },
            recordMessage: { options: 2 },
            resetUserLimit: { options: 1 },
          },
        });
      },
      rateLimitRule: ({ env }): RateLimitRule => ({ max: env.RATE_LIMIT_MAX, windowMs: env.RATE_LIMIT_WINDOW_MS }),
      rateLimitRefusals: ({ container: { metrics } }) => countRefusals(metrics),
    },
    commands: { limits: LimitsCommand },
    preconditions: { RateLimit: RateLimitPrecondition },
    conversation: {
      exportData: async (userId, { container }) => {
        const { max, windowMs } = container.rateLimitRule;
        return { rateLimit: await container.rateLimits.getLimit(userId, max, windowMs) };
      },
    },
  });

// What was let in counts, whatever was counted elsewhere meanwhile; what was refused does not.
function admitted({ parameters }: RepositoryCall, result: unknown): RepositoryCall | undefined {
  const [discordId, , windowMs, options] = parameters;
  return (result as RateLimitState).allowed
    ? { method: 'recordMessage', parameters: [discordId, windowMs, options] }
    : undefined;
}
