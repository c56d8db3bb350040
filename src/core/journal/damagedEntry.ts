import { crc32 } from 'node:zlib';
import type { JournalEntry } from './JournalEntry.ts';

/** The kind of an entry that stands for a damaged line; its body is `{ line }`, what is left of it. */
export const damaged = 'damaged';

/**
 * What can still be told of the entry that a damaged line was, so that it can be found, and erased with what is its
 * person's. `before` is when it was appended at the earliest (milliseconds since 1970).
 */
export function damagedEntry(line: Buffer, segment: number, before: number): JournalEntry {
  const text = line.toString();
  return {
    id: /"id":"(\w{1,40}-\d{1,10})"/.exec(text)?.[1] ?? `${damaged}-${segment}-${crc32(line)}`,
    kind: damaged,
    person: /"person":"(\d{1,20})"/.exec(text)?.[1],
    at: Number(/"at":(\d{13})\b/.exec(text)?.[1] ?? before),
    body: { line: text },
    segment,
  };
}
