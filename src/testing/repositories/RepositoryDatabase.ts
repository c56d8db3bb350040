import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EntitySchema } from '@mikro-orm/core';
import { inject } from 'vitest';
import type { RawEnvironment } from '../../core/config.ts';
import type { Database } from '../../core/database/Database.ts';
import { administer } from '../postgres/address.ts';
import { createBotDatabase } from '../postgres/botDatabase.ts';
import { prepareEmbedded } from '../prepareEmbedded.ts';
import { databaseOptions, openDatabase } from './openDatabase.ts';

/** A database for the suites of repositories: opened once, emptied for each test. */
export class RepositoryDatabase implements AsyncDisposable {
  readonly database: Database;
  readonly #tables: readonly string[];
  readonly #remove: () => Promise<void>;

  private constructor(database: Database, tables: readonly string[], remove: () => Promise<void>) {
    this.database = database;
    this.#tables = tables;
    this.#remove = remove;
  }

  /** The database of a bot without `DB_HOST`. */
  static async embedded(entities: readonly EntitySchema[] = []): Promise<RepositoryDatabase> {
    const folder = await mkdtemp(join(tmpdir(), 'steward-embedded-'));
    await prepareEmbedded(folder);
    return RepositoryDatabase.#open({ DATA_DIR: folder }, entities, () => rm(folder, { recursive: true }));
  }

  /** The database of a bot with `DB_HOST`; only where the test run has a PostgreSQL. */
  static async postgres(entities: readonly EntitySchema[] = []): Promise<RepositoryDatabase> {
    const { name, environment, drop } = await createBotDatabase();
    const server = inject('postgres');
    // A server with habits of its own, so that nothing counts in local time or reads local dates unseen.
    if (server) {
      await administer(server, `ALTER DATABASE ${name} SET timezone TO 'Asia/Kolkata'`);
      await administer(server, `ALTER DATABASE ${name} SET datestyle TO 'SQL, DMY'`);
    }
    return RepositoryDatabase.#open(environment, entities, drop);
  }

  static async #open(
    environment: RawEnvironment,
    entities: readonly EntitySchema[],
    remove: () => Promise<void>,
  ): Promise<RepositoryDatabase> {
    const known = databaseOptions(environment).entities;
    const added = entities.filter((entity) => !known.includes(entity));
    const database = await openDatabase(environment, { entities: [...known, ...added] });
    // What hangs on a user goes with the users.
    const tables = entities.map(({ meta }) => meta.tableName ?? meta.collection);
    return new RepositoryDatabase(database, [...new Set(['users', 'turns', ...tables])], remove);
  }

  async empty(): Promise<void> {
    // Not TRUNCATE, which takes its time, test after test.
    for (const table of this.#tables) await this.database.query(`DELETE FROM "${table}"`);
    await this.database.query(
      "UPDATE settings SET value = '-infinity' WHERE name IN ('flushed_before', 'forgotten_before')",
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.database.close();
    await this.#remove();
  }
}
