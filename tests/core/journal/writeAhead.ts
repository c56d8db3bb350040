import type { Journal, JournalEntry } from '../../../src/core/journal/Journal.ts';

/** Appends an entry that need only be written, and settles when it is; `kept` when it is on the disk. */
export async function writeAhead(
  journal: Journal,
  body: unknown,
  essential = false,
): Promise<{ kept: Promise<JournalEntry> }> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const kept = journal.append('answer', body, { onWritten: resolve, essential });
  kept.catch(reject);
  await promise;
  return { kept };
}
