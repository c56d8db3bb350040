import type pg from 'pg';
import { inject } from 'vitest';
import { createOrm } from '../../core/database/createOrm.ts';
import { migrateUp } from '../../core/database/migrate.ts';
import { databaseOptions } from '../repositories/openDatabase.ts';
import { schemaName } from '../schemaName.ts';
import { asSuperuser, databaseEnvironment, dropDatabase, type PostgresAddress } from './address.ts';
import { movableTime, movedSearchPath } from './movableTime.ts';
import { oneAtATime } from './oneAtATime.ts';
import type { TestDatabase } from './testDatabase.ts';

/**
 * A database with the bot's schema, of its own on the PostgreSQL of the test run; its time can be moved, see
 * movableTime.ts. The first of a run is migrated, all others are copies of it.
 */
export async function createBotDatabase(): Promise<TestDatabase> {
  const server = inject('postgres');
  if (!server) throw new Error('The test run has no PostgreSQL: see globalSetup.ts, or take the embedded database.');
  const template = `template_${schemaName()}`;
  const name = `test_${crypto.randomUUID().replaceAll('-', '')}`;
  await asSuperuser(server, async (client) => {
    if (!(await exists(client, template)))
      await oneAtATime('PostgreSQL template', () => makeTemplate(server, client, template));
    await client.query(`CREATE DATABASE ${name} TEMPLATE ${template}`);
    await client.query(`ALTER DATABASE ${name} SET search_path TO ${movedSearchPath}`);
  });
  return { name, environment: databaseEnvironment(server, name), drop: () => dropDatabase(server, name) };
}

async function exists(client: pg.Client, name: string): Promise<boolean> {
  return (await client.query('SELECT FROM pg_database WHERE datname = $1', [name])).rowCount === 1;
}

// It has its name when it is complete.
async function makeTemplate(server: PostgresAddress, client: pg.Client, name: string): Promise<void> {
  if (await exists(client, name)) return;
  const unfinished = `${name}_unfinished`;
  await client.query(`DROP DATABASE IF EXISTS ${unfinished}`);
  await client.query(`CREATE DATABASE ${unfinished} TEMPLATE template0`);
  await client.query(`ALTER DATABASE ${unfinished} SET search_path TO ${movedSearchPath}`);
  await asSuperuser({ ...server, database: unfinished }, (inside) => inside.query(movableTime));
  await migrate(databaseEnvironment(server, unfinished));
  await client.query(`ALTER DATABASE ${unfinished} RENAME TO ${name}`);
}

async function migrate(environment: Record<string, string>): Promise<void> {
  const orm = await createOrm({ ...databaseOptions(environment), queryTimeout: 0 });
  try {
    await migrateUp(orm);
  } finally {
    await orm.close(true);
  }
}
