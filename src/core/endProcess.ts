import { writeSync } from 'node:fs';
import { KernelError } from './errors.ts';
import { describeError } from './log/describeError.ts';

/** Ends the process because of an error: says why on standard error, in one line where the cause is known. */
export function endProcess(error: unknown): never {
  const isKnown = error instanceof KernelError;
  const text = isKnown ? `${error.code}: ${error.message}` : JSON.stringify(describeError(error), undefined, 2);
  writeSync(process.stderr.fd, `${text}\n`);
  process.exit(isKnown ? error.exitStatus : 3);
}
