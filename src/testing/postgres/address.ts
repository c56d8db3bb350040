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
export async function administer(address: PostgresAddress, statement: string): Promise<void> {
  await asSuperuser(address, (client) => client.query(statement));
}

/** Does something as the superuser on a connection of its own, by default outside of the databases that tests use. */
export async function asSuperuser<T>(
  { host, port, user, password, database = 'postgres' }: PostgresAddress & { database?: string },
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({ host, port, user, password, database });
  await client.connect();
  try {
    return await work(client);
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
