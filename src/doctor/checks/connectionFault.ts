import type { KernelEnvironment } from '../../core/kernelEnvironment.ts';
import { broken, type Finding } from '../Finding.ts';
import { codeOf, reasonOf } from '../reasonOf.ts';

const login = 'Check DB_USER and DB_PASSWORD; ALTER ROLE … PASSWORD … sets a new one.';
const address = 'Check DB_HOST and DB_PORT, that PostgreSQL runs, and that it listens there (listen_addresses).';

/** What PostgreSQL's codes mean: https://www.postgresql.org/docs/current/errcodes-appendix.html */
const known: Readonly<Record<string, readonly [finding: string, cure: string]>> = {
  '28P01': ['refuses the user or its password', login],
  '28000': ['does not let this user in', 'Check DB_USER, DB_SSL, and the server’s pg_hba.conf for this address.'],
  '3D000': ['has no database of that name', 'Check DB_NAME, or make it: CREATE DATABASE … OWNER …'],
  '42501': ['refuses this user something', 'Let the user own the database: ALTER DATABASE … OWNER TO …'],
  '53300': ['has no connection left', 'Raise max_connections, or lower DB_MAX_CONNECTIONS.'],
  '57P03': ['is starting or stopping', 'Wait a moment and try again.'],
};

/** Why the server at DB_HOST cannot be used, and what helps. */
export function connectionFault(error: unknown, env: KernelEnvironment): Finding {
  const where = `PostgreSQL at ${env.DB_HOST}:${env.DB_PORT}/${env.DB_NAME} (user ${env.DB_USER})`;
  const code = codeOf(error) ?? '';
  const [finding, cure] = known[code] ?? [];
  if (finding !== undefined && cure !== undefined) return broken('database', `${where} ${finding} (${code})`, cure);
  const reason = reasonOf(error);
  return broken('database', `${where} cannot be used: ${reason}`, cureOf(reason));
}

function cureOf(reason: string): string {
  if (/password must be a string/.test(reason)) return 'The server wants a password: set DB_PASSWORD.';
  if (/SSL|certificate|CERT|altname/i.test(reason)) return 'Check DB_SSL (false, true, no-verify) and DB_SSL_CA.';
  return address;
}
