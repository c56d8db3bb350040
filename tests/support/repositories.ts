import type { Database } from '../../src/core/database/Database.ts';
import { type Clock, days, hours } from '../../src/core/time.ts';
import type { AnalyticsRepository } from '../../src/plugins/analytics/repositories/AnalyticsRepository.ts';
import { DatabaseAnalyticsRepository } from '../../src/plugins/analytics/repositories/DatabaseAnalyticsRepository.ts';
import { MemoryAnalyticsRepository } from '../../src/plugins/analytics/repositories/MemoryAnalyticsRepository.ts';
import type { ConversationRepository } from '../../src/plugins/memory/repositories/ConversationRepository.ts';
import { DatabaseConversationRepository } from '../../src/plugins/memory/repositories/DatabaseConversationRepository.ts';
import { MemoryConversationRepository } from '../../src/plugins/memory/repositories/MemoryConversationRepository.ts';
import { DatabaseWarningRepository } from '../../src/plugins/moderation/repositories/DatabaseWarningRepository.ts';
import { MemoryWarningRepository } from '../../src/plugins/moderation/repositories/MemoryWarningRepository.ts';
import type { WarningRepository } from '../../src/plugins/moderation/repositories/WarningRepository.ts';
import { DatabaseRateLimitRepository } from '../../src/plugins/ratelimit/repositories/DatabaseRateLimitRepository.ts';
import { MemoryRateLimitRepository } from '../../src/plugins/ratelimit/repositories/MemoryRateLimitRepository.ts';
import type { RateLimitRepository } from '../../src/plugins/ratelimit/repositories/RateLimitRepository.ts';

import { RepositoryDatabase } from '../../src/testing/repositories/RepositoryDatabase.ts';

/** One implementation of every contract, with the rules that the bot has by default. */
export interface Repositories {
  readonly conversations: ConversationRepository;
  readonly rateLimits: RateLimitRepository;
  readonly warnings: WarningRepository;
  readonly analytics: AnalyticsRepository;
}

/** Where repositories keep their things during a test file. */
export interface Storage extends AsyncDisposable {
  /** Undefined where the storage is memory. */
  readonly database: Database | undefined;
  /** Repositories that know nothing yet. */
  empty(clock: Clock): Promise<Repositories>;
}

const retention = hours(24);
const expiry = days(30);

/** The storage of a bot whose database is away. */
export async function openMemory(): Promise<Storage> {
  return {
    database: undefined,
    empty: async (clock) => ({
      conversations: new MemoryConversationRepository(clock, { retention, limit: 20 }),
      rateLimits: new MemoryRateLimitRepository(clock),
      warnings: new MemoryWarningRepository(clock, expiry),
      analytics: new MemoryAnalyticsRepository(clock),
    }),
    [Symbol.asyncDispose]: async () => undefined,
  };
}

/** The storage of a bot without `DB_HOST`. */
export async function openEmbedded(): Promise<Storage> {
  return ofDatabase(await RepositoryDatabase.embedded());
}

/** The storage of a bot with `DB_HOST`; only where the test run has a PostgreSQL. */
export async function openPostgres(): Promise<Storage> {
  return ofDatabase(await RepositoryDatabase.postgres());
}

function ofDatabase(storage: RepositoryDatabase): Storage {
  const { database } = storage;
  return {
    database,
    empty: async (clock) => {
      await storage.empty();
      return {
        conversations: new DatabaseConversationRepository(database, clock),
        rateLimits: new DatabaseRateLimitRepository(database, clock),
        warnings: new DatabaseWarningRepository(database, clock, expiry),
        analytics: new DatabaseAnalyticsRepository(database, clock),
      };
    },
    [Symbol.asyncDispose]: () => storage[Symbol.asyncDispose](),
  };
}
