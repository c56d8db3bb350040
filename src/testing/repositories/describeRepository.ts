import type { EntitySchema } from '@mikro-orm/core';
import { afterAll, beforeAll, beforeEach, describe, inject } from 'vitest';
import type { Database } from '../../core/database/Database.ts';
import { ControlledClock } from '../ControlledClock.ts';
import { RepositoryDatabase } from './RepositoryDatabase.ts';

/** What the suite of a repository works with; all of it is new and empty in every test. */
export interface RepositoryTest<Repository> {
  readonly repository: Repository;
  /** It stands still, at the real time. */
  readonly clock: ControlledClock;
  /** Undefined where the repository is the one in memory. */
  readonly database: Database | undefined;
}

export interface RepositoryMakers<Repository> {
  memory(given: { readonly clock: ControlledClock }): Repository;
  database(given: { readonly clock: ControlledClock; readonly database: Database }): Repository;
  /** Those of the plugin, so that `database.em()` knows them; their tables are emptied for each test. */
  readonly entities?: readonly EntitySchema[];
}

/**
 * Runs the suite of a repository's contract on all of its implementations: in memory, in the embedded database and, where
 * the test run has one, on PostgreSQL. Name the contract: `describeRepository<GreetingRepository>('Greetings', …)`.
 */
export function describeRepository<Repository>(
  name: string,
  makers: RepositoryMakers<Repository>,
  suite: (test: RepositoryTest<Repository>) => void,
): void {
  const { entities = [] } = makers;
  const inMemory = (): void => runOn(async () => undefined, makers, suite);
  const onDatabase = (open: () => Promise<RepositoryDatabase>) => (): void => runOn(open, makers, suite);
  describe(name, () => {
    describe('in memory', inMemory);
    describe(
      'in the embedded database',
      onDatabase(() => RepositoryDatabase.embedded(entities)),
    );
    describe.skipIf(!inject('postgres'))(
      'on PostgreSQL',
      onDatabase(() => RepositoryDatabase.postgres(entities)),
    );
  });
}

function runOn<Repository>(
  open: () => Promise<RepositoryDatabase | undefined>,
  makers: RepositoryMakers<Repository>,
  suite: (test: RepositoryTest<Repository>) => void,
): void {
  let storage: RepositoryDatabase | undefined;
  const test = {} as RepositoryTest<Repository>;
  beforeAll(async () => {
    storage = await open();
  });
  beforeEach(async () => {
    const clock = new ControlledClock();
    await storage?.empty();
    const database = storage?.database;
    const repository = database ? makers.database({ clock, database }) : makers.memory({ clock });
    Object.assign(test, { clock, database, repository });
  });
  afterAll(() => storage?.[Symbol.asyncDispose]());
  suite(test);
}
