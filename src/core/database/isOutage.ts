import { DatabaseClosedError } from './DatabaseClosedError.ts';

/** SQLSTATE classes 22 (bad data) and 23 (broken constraint), and the code that a NUL byte earns. */
const mistakes = /^(22|23|08P01)/;

/**
 * Whether an error of a database call means that the database is unavailable (true) or that the call itself is wrong
 * (false: a bug or bad data, which another attempt would not mend). Everything unknown counts as unavailable: a
 * read-only or missing database, a missing table, a refused login, a lost connection and a time-out among it.
 * https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
export function isOutage(error: unknown): boolean {
  if (
    error instanceof DatabaseClosedError ||
    error instanceof TypeError ||
    error instanceof RangeError ||
    error instanceof ReferenceError
  )
    return false;
  const code = (error as { code?: unknown } | null)?.code;
  return !(typeof code === 'string' && mistakes.test(code));
}
