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

/** A serialization failure, a deadlock, a connection that the server or the network cut. */
const transient = /^(40001|40P01|57P01|57P02|ECONNRESET|EPIPE)$/;

/** Whether the same call may pass when it is made once more at once. */
export function isWorthAnotherTry(error: unknown): boolean {
  const { code, message } = error as { code?: unknown; message?: unknown };
  return typeof code === 'string' ? transient.test(code) : /^Connection terminated|not queryable/.test(String(message));
}

/** Whether a call got no connection in time: all of them may be busy, or the server gone. */
export const isPoolTimeout = (error: unknown): boolean =>
  error instanceof Error && error.message.startsWith('timeout exceeded when trying to connect');

/** SQLSTATE classes that say that the server answered and does not want this statement, now or as long as the schema is as it is. */
const unwanted = /^(0A|21|2F|38|39|42|44|P0)/;

/**
 * Whether the database refuses one write while others may pass: for its data (which nothing will mend), or for its
 * statement (which a migration may). Undefined when it is not the write's fault.
 */
export function isRefusal(error: unknown): 'data' | 'statement' | undefined {
  if (error instanceof DatabaseClosedError) return undefined;
  if (!isOutage(error)) return 'data';
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' && unwanted.test(code) ? 'statement' : undefined;
}
