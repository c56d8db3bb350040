import pg from 'pg';
import type { RawEnvironment } from '../../src/core/config.ts';

/** Runs one statement in the database that a bot's environment names, on a connection of its own; returns the rows. */
export async function query<Row extends pg.QueryResultRow>(
  environment: RawEnvironment,
  sql: string,
  values: readonly unknown[] = [],
): Promise<Row[]> {
  const { DB_HOST: host, DB_PORT: port, DB_NAME: database, DB_USER: user, DB_PASSWORD: password } = environment;
  const client = new pg.Client({ host, port: Number(port), database, user, password });
  await client.connect();
  try {
    return (await client.query<Row>(sql, [...values])).rows;
  } finally {
    await client.end();
  }
}
