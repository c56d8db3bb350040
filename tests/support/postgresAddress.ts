import pg from 'pg';

/** Where a test's PostgreSQL listens, and its superuser; plain data, so that vitest can hand it to the tests. */
export interface PostgresAddress {
  host: string;
  port: number;
  user: string;
  password: string;
}

/** The bot's environment variables for a database of that server. */
export function databaseEnvironment(address: PostgresAddress, database: string): Record<string, string> {
  return {
    DB_HOST: address.host,
    DB_PORT: String(address.port),
    DB_NAME: database,
    DB_USER: address.user,
    DB_PASSWORD: address.password,
  };
}

/** Runs one statement as the superuser, outside of the databases that tests use. */
export async function administer({ host, port, user, password }: PostgresAddress, statement: string): Promise<void> {
  const client = new pg.Client({ host, port, user, password, database: 'postgres' });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

/** Creates an empty database, under a name of its own if none is given, and returns the name. */
export async function createDatabase(
  address: PostgresAddress,
  name = `test_${crypto.randomUUID().replaceAll('-', '')}`,
) {
  await administer(address, `CREATE DATABASE ${pg.escapeIdentifier(name)} TEMPLATE template0`);
  return name;
}

/** Drops a database, and ends the connections to it that are still open. */
export async function dropDatabase(address: PostgresAddress, name: string): Promise<void> {
  await administer(address, `DROP DATABASE IF EXISTS ${pg.escapeIdentifier(name)} WITH (FORCE)`);
}
