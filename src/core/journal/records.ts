import type { JournalEntry } from './JournalEntry.ts';
import { encodeLine } from './line.ts';
import { toRanges } from './ranges.ts';

/** A line of the journal: an entry (its segment is the file). */
export type EntryRecord = Omit<JournalEntry, 'segment'>;

/** A line of the journal: the numbers of settled entries, as ranges, by their run. */
export interface SettledRecord {
  readonly settled: Readonly<Record<string, readonly string[]>>;
}

/** Whether a record is an entry. */
export function isEntry(record: unknown): record is EntryRecord {
  const { id, kind, at, person } = (record ?? {}) as Record<keyof EntryRecord, unknown>;
  return (
    typeof id === 'string' &&
    parseId(id) !== undefined &&
    typeof kind === 'string' &&
    typeof at === 'number' &&
    (person === undefined || typeof person === 'string')
  );
}

/** Whether a record says what is settled. */
export function isSettled(record: unknown): record is SettledRecord {
  const { settled } = (record ?? {}) as { settled?: unknown };
  return typeof settled === 'object' && settled !== null && Object.values(settled).every(Array.isArray);
}

/** The run and the number of an entry's id. */
export function parseId(id: string): { run: string; number: number } | undefined {
  const match = /^(\w+)-(\d{1,10})$/.exec(id);
  return match ? { run: match[1] ?? '', number: Number(match[2]) } : undefined;
}

const numbersInALine = 10_000;

/** The lines that say that these entries of a run, by rising number, are settled. */
export function* settledLines(run: string, numbers: readonly number[]): Generator<string> {
  for (let start = 0; start < numbers.length; start += numbersInALine)
    yield encodeLine({ settled: { [run]: toRanges(numbers.slice(start, start + numbersInALine)) } });
}
