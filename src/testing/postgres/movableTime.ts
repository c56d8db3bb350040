import type { Client } from 'pg';

/** Puts `testing` before PostgreSQL's own functions, so that what says `now()` means the ones below. */
export const movedSearchPath = '"$user", public, testing, pg_catalog';

/**
 * Makes the time of a database movable: `now()` and `clock_timestamp()`, also in defaults, as far as they are looked up
 * with `movedSearchPath` set. `CURRENT_TIMESTAMP` is a word of the language and stays.
 */
export const movableTime = `
CREATE SCHEMA testing;
CREATE TABLE testing.clock (ahead interval NOT NULL);
INSERT INTO testing.clock VALUES ('0');
CREATE FUNCTION testing.now() RETURNS timestamptz LANGUAGE sql STABLE
  AS 'SELECT pg_catalog.now() + ahead FROM testing.clock';
CREATE FUNCTION testing.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE
  AS 'SELECT pg_catalog.clock_timestamp() + ahead FROM testing.clock';
GRANT USAGE ON SCHEMA testing TO PUBLIC;
GRANT SELECT ON testing.clock TO PUBLIC;
`;

/** Who lives goes on living: the instances' leases move by so many milliseconds too. */
export const prolongLeases = "UPDATE instances SET expires_at = expires_at + $1 * interval '1 ms'";

/** Moves it forward. */
export async function moveTime(client: Client, milliseconds: number): Promise<void> {
  const by = [milliseconds];
  await client.query('BEGIN');
  await client.query("UPDATE testing.clock SET ahead = ahead + $1 * interval '1 ms'", by);
  await client.query(prolongLeases, by);
  await client.query('COMMIT');
}
