import { KernelError } from '../errors.ts';

/** Why a database call failed, in a word or a sentence: messages of the server may quote data, a code never does. */
export function describeOutage(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? code : error.name === 'Error' ? error.message : error.name;
}

/** The error for an operator whose database cannot be used. */
export function unusable(error: unknown, what: string): KernelError {
  return new KernelError('DatabaseUnusable', `${what} cannot be used: ${describeOutage(error)}`, { cause: error });
}
