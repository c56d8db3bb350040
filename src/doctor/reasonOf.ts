import { describeError } from '../core/log/describeError.ts';

const words: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'the connection was cut',
  UND_ERR_SOCKET: 'the connection was cut',
  EHOSTUNREACH: 'there is no way to that host',
  ENETUNREACH: 'there is no way to that host',
  ENOTFOUND: 'there is no host of that name',
  EAI_AGAIN: 'the name of the host cannot be looked up',
  EACCES: 'this user may not',
  EPERM: 'this user may not',
  EROFS: 'it is read-only',
  ENOSPC: 'the disk is full',
  ENOTDIR: 'a file is in the place of a folder',
};

/** Why something failed, in a few words that quote nobody: the code that the system or a server gave, where there is one. */
export function reasonOf(error: unknown): string {
  const code = codeOf(error);
  if (code === undefined) return describeError(error).message;
  return words[code] === undefined ? code : `${words[code]} (${code})`;
}

/** The code of an error, or of what caused it. */
export function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code } = error as { code?: unknown };
  return typeof code === 'string' && code !== '' ? code : codeOf(error.cause);
}

/** Whether the time was up. */
export const isLate = (error: unknown): boolean =>
  error instanceof Error && ['DeadlineError', 'TimeoutError', 'AbortError'].includes(error.name);
