import { createTestDatabase, type TestDatabase } from '../../src/testing/postgres/testDatabase.ts';
import { openDatabase } from '../../src/testing/repositories/openDatabase.ts';
import { recordsTable } from './Records.ts';

/** A database with the bot's schema and the model's table, in which each run starts with empty tables. */
export async function createMigratedDatabase(): Promise<TestDatabase> {
  const test = await createTestDatabase();
  const database = await openDatabase({ ...test.environment, DB_CONNECTION_TIMEOUT: '30000' });
  await database.query(recordsTable);
  await database.close();
  return test;
}
