import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { KernelError } from '../core/errors.ts';
import type { DeadLetter } from '../core/journal/DeadLetters.ts';
import { JournalError } from '../core/journal/JournalError.ts';
import { decodeLines } from '../core/journal/line.ts';
import { parseRange } from '../core/journal/ranges.ts';
import { type EntryRecord, isEntry, isSettled, type SettledRecord } from '../core/journal/records.ts';

/** The files of a journal's folder that hold entries, in order; undefined where there is no such folder. */
export async function segmentFiles(folder: string): Promise<string[] | undefined> {
  const names = await unlessMissing(folder, readdir(folder));
  return names?.filter((name) => /^\d{12}\.log$/.test(name)).toSorted();
}

/**
 * The entries of a journal that wait, in order, a file at a time, without changing it: a running bot may be writing
 * there. What was acknowledged before the call and is not dealt with is among them; some may be dealt with meanwhile.
 */
export async function* openEntries(folder: string): AsyncGenerator<EntryRecord> {
  const files = (await segmentFiles(folder)) ?? [];
  const settled = new Set<string>();
  for await (const record of notes(folder)) for (const id of idsIn(record)) settled.add(id);
  for (const file of files)
    for (const record of await recordsIn(join(folder, file)))
      if (isEntry(record) && !settled.has(record.id)) yield record;
}

/** The runs of which a journal notes that entries are settled. */
export async function settledRuns(folder: string): Promise<Set<string>> {
  const runs = new Set<string>();
  for await (const { settled } of notes(folder)) for (const run of Object.keys(settled)) runs.add(run);
  return runs;
}

async function* notes(folder: string): AsyncGenerator<SettledRecord> {
  for (const file of (await segmentFiles(folder)) ?? [])
    for (const record of await recordsIn(join(folder, file))) if (isSettled(record)) yield record;
}

function* idsIn({ settled }: SettledRecord): Generator<string> {
  for (const [run, ranges] of Object.entries(settled))
    for (const range of ranges) {
      const { first, last } = parseRange(range) ?? { first: 1, last: 0 };
      for (let number = first; number <= last; number += 1) yield `${run}-${number}`;
    }
}

/** What a journal has put aside, by id. */
export async function deadLetters(folder: string): Promise<Map<string, DeadLetter>> {
  const letters = (await recordsIn(join(folder, 'dead-letters.log'))) as DeadLetter[];
  return new Map(letters.map((letter) => [letter.entry.id, letter]));
}

// A file that goes away meanwhile had nothing in it that waited.
async function recordsIn(path: string): Promise<unknown[]> {
  const bytes = (await unlessMissing(dirname(path), readFile(path))) ?? Buffer.alloc(0);
  return [...decodeLines(bytes)].flatMap(({ record }) => (record === undefined ? [] : [record]));
}

async function unlessMissing<Result>(folder: string, work: Promise<Result>): Promise<Result | undefined> {
  try {
    return await work;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    const { message } = JournalError.of('JournalUnreadable', folder, error);
    throw new KernelError('JournalUnusable', message, { cause: error });
  }
}
