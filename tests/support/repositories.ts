import { mkdtempSync, rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject } from 'vitest';
import config from '../../sapphire.config.ts';
import type { RawEnvironment } from '../../src/core/config.ts';
import { readConfiguration } from '../../src/core/createBot.ts';
import { Database, type DatabaseOptions } from '../../src/core/database/Database.ts';
import { User } from '../../src/core/database/User.ts';
import { createLog } from '../../src/core/log/createLog.ts';
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
import { administer } from './postgresAddress.ts';
import { createTestDatabase } from './testDatabase.ts';

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

/** The kernel's environment and all entities, as the bot would have them with these variables. */
export function databaseOptions(environment: RawEnvironment): Pick<DatabaseOptions, 'env' | 'entities'> {
  const required = { DISCORD_TOKEN: 'none', N8N_WEBHOOK_URL: 'http://127.0.0.1:9/' };
  const { env, plugins } = readConfiguration(config, { ...required, ...environment });
  return { env, entities: [User, ...plugins.flatMap(({ entities = [] }) => entities)] };
}

/** Opens a database as the bot does, without its log, and patient: a busy machine is no outage. */
export function openDatabase(environment: RawEnvironment, options: Partial<DatabaseOptions> = {}): Promise<Database> {
  const patience = { DB_QUERY_TIMEOUT: '60000', DB_CONNECTION_TIMEOUT: '60000' };
  const log = createLog({ level: 'silent', secrets: [] });
  const all = { ...patience, DATA_DIR: environment.DATA_DIR ?? temporaryFolder(), ...environment };
  return Database.open({ ...databaseOptions(all), settings: {}, log, ...options });
}

const temporaryFolders: string[] = [];
process.once('exit', () => {
  for (const folder of temporaryFolders) rmSync(folder, { recursive: true, force: true });
});

/** A folder that goes away with the process. */
function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'steward-data-'));
  temporaryFolders.push(folder);
  return folder;
}

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
  const folder = await mkdtemp(join(tmpdir(), 'steward-embedded-'));
  return ofDatabase(await openDatabase({ DATA_DIR: folder }), () => rm(folder, { recursive: true }));
}

/** The storage of a bot with `DB_HOST`; only where the test run has a PostgreSQL. */
export async function openPostgres(): Promise<Storage> {
  const { name, environment, drop } = await createTestDatabase();
  const server = inject('postgres');
  // A server with habits of its own, so that nothing counts in local time or reads local dates unseen.
  if (server) {
    await administer(server, `ALTER DATABASE ${name} SET timezone TO 'Asia/Kolkata'`);
    await administer(server, `ALTER DATABASE ${name} SET datestyle TO 'SQL, DMY'`);
  }
  return ofDatabase(await openDatabase(environment), drop);
}

function ofDatabase(database: Database, remove: () => Promise<void>): Storage {
  return {
    database,
    empty: async (clock) => {
      // Not TRUNCATE, which takes its time, test after test.
      for (const table of ['users', 'turns']) await database.query(`DELETE FROM ${table}`);
      await database.query(
        "UPDATE settings SET value = '-infinity' WHERE name IN ('flushed_before', 'forgotten_before')",
      );
      return {
        conversations: new DatabaseConversationRepository(database, clock),
        rateLimits: new DatabaseRateLimitRepository(database, clock),
        warnings: new DatabaseWarningRepository(database, clock, expiry),
        analytics: new DatabaseAnalyticsRepository(database, clock),
      };
    },
    [Symbol.asyncDispose]: async () => {
      await database.close();
      await remove();
    },
  };
}
