import { inject } from 'vitest';
import { createDatabase, databaseEnvironment, dropDatabase } from './address.ts';

/** A database of its own on the PostgreSQL of the test run. */
export interface TestDatabase {
  name: string;
  /** The bot's environment variables for it. */
  environment: Record<string, string>;
  drop(): Promise<void>;
}

/** Makes an empty database for a test; fails where there is no PostgreSQL: `describe.skipIf(!inject('postgres'))` first. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const server = inject('postgres');
  if (!server) throw new Error(`There is no PostgreSQL for ${process.platform}-${process.arch} in this test run.`);
  const name = await createDatabase(server);
  return { name, environment: databaseEnvironment(server, name), drop: () => dropDatabase(server, name) };
}
