import { z } from 'zod';
import type { DeadLetter } from '../core/journal/DeadLetters.ts';
import { type EntryRecord, isEntry } from '../core/journal/records.ts';

/** Goes up when an older restore could not read what is written. */
export const formatNumber = 1;

const count = z.int().nonnegative();
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const names = z.array(z.string());

const isLetter = (value: unknown): boolean => {
  const { entry, code, reason } = (value ?? {}) as Partial<Record<keyof DeadLetter, unknown>>;
  return isEntry(entry) && typeof code === 'string' && typeof reason === 'string';
};

const header = z.object({
  steward: z.literal('backup'),
  format: z.number(),
  /** Of the bot that made it. */
  version: z.string(),
  /** What was accepted before this moment is in it; ISO 8601. */
  at: z.string(),
});

const summary = z.object({ tables: count, rows: count, entries: count, letters: count });

/**
 * A backup is gzipped lines of JSON, so `zcat FILE | less` shows it: the header, the journal, the database, and an end
 * without which it is not whole. A row is an array below the line that begins its table.
 */
export const backupRecord = z.union([
  header,
  /** What waits in the journal, in order. */
  z.strictObject({ entry: z.custom<EntryRecord>(isEntry) }),
  /** What the journal has put aside. */
  z.strictObject({ letter: z.custom<DeadLetter>(isLetter) }),
  z.strictObject({ database: z.object({ server: z.string(), migrations: names }) }),
  z.strictObject({ table: z.string(), columns: names }),
  /** What the table above has: its rows' number, and the sum of their lines. */
  z.strictObject({ content: z.object({ rows: count, sha256 }) }),
  /** The next number of each. */
  z.strictObject({ sequences: z.record(z.string(), z.string().regex(/^-?\d+$/)) }),
  /** The sum is that of everything above this line. */
  z.strictObject({ end: summary.extend({ sha256 }) }),
]);

export type BackupRecord = z.infer<typeof backupRecord>;
export type Header = z.infer<typeof header>;

/** What is in a backup, in numbers. */
export type Summary = z.infer<typeof summary>;
