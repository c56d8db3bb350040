import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeLines } from '../core/journal/line.ts';
import { parseRange } from '../core/journal/ranges.ts';
import { isEntry, isSettled } from '../core/journal/records.ts';

/** What a journal holds. */
export interface Contents {
  readonly waiting: number;
  /** When the first of them was written, in milliseconds since 1970. */
  readonly oldest: number | undefined;
  readonly bytes: number;
  /** What was put aside for good. */
  readonly dead: number;
}

/** Counts what is in a journal's folder without changing it, which opening it would; a running bot may be writing there. */
export async function readJournal(folder: string): Promise<Contents> {
  const open = new Map<string, number>();
  const settled: [run: string, range: string][] = [];
  let bytes = 0;
  for (const file of await journalFiles(folder)) {
    let end = 0;
    for (const { offset, length, record } of decodeLines(await content(join(folder, file)))) {
      if (record !== undefined) end = offset + length;
      if (isEntry(record)) open.set(record.id, record.at);
      else if (isSettled(record))
        for (const [run, ranges] of Object.entries(record.settled))
          for (const range of ranges) settled.push([run, range]);
    }
    bytes += end;
  }
  for (const [run, range] of settled) {
    const { first, last } = parseRange(range) ?? { first: 1, last: 0 };
    for (let number = first; number <= last; number += 1) open.delete(`${run}-${number}`);
  }
  const dead = [...decodeLines(await content(join(folder, 'dead-letters.log')))].length;
  const times = [...open.values()];
  return {
    waiting: open.size,
    oldest: times.length === 0 ? undefined : times.reduce((a, b) => Math.min(a, b)),
    bytes,
    dead,
  };
}

async function journalFiles(folder: string): Promise<string[]> {
  const names = await unlessMissing(readdir(folder), []);
  return names.filter((name) => /^\d{12}\.log$/.test(name)).toSorted();
}

// A file may go while the folder is being read: then nothing in it waits any more.
const content = (path: string): Promise<Buffer> => unlessMissing(readFile(path), Buffer.alloc(0));

async function unlessMissing<T>(work: Promise<T>, otherwise: T): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return otherwise;
    throw error;
  }
}
