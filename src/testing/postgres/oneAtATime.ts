import { inject } from 'vitest';
import { asSuperuser } from './address.ts';

/** Numbers that nobody else locks on the server of a test run. */
const advisoryLocks = { 'embedded template': 5_811_203, 'PostgreSQL template': 5_811_204 };

/** Does something while no other process of the test run does it; without a PostgreSQL nobody waits. */
export async function oneAtATime<T>(what: keyof typeof advisoryLocks, work: () => Promise<T>): Promise<T> {
  const server = inject('postgres');
  if (!server) return work();
  return asSuperuser(server, async (client) => {
    await client.query('SELECT pg_advisory_lock($1)', [advisoryLocks[what]]);
    return work();
  });
}
