import { readdir, readFile, rm, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '../log/createLog.ts';
import type { DeadLetters } from './DeadLetters.ts';
import { damagedEntry } from './damagedEntry.ts';
import { JournalIndex } from './JournalIndex.ts';
import { decodeLines, type Line } from './line.ts';
import { parseRange } from './ranges.ts';
import { type EntryRecord, isEntry, isSettled, parseId, type SettledRecord } from './records.ts';
import { replaceFile } from './replaceFile.ts';
import type { Segment } from './Segment.ts';

interface Surroundings {
  readonly folder: string;
  readonly deadLetters: DeadLetters;
  readonly log: Log;
}

/**
 * Reads what earlier runs have left, one file at a time. The torn end of the last one is cut off: it was never
 * acknowledged. A damaged line elsewhere is moved to the dead letters.
 */
export async function recover(surroundings: Surroundings): Promise<JournalIndex> {
  const { folder } = surroundings;
  const names = await readdir(folder);
  for (const name of names.filter((each) => each.endsWith('.tmp'))) await rm(join(folder, name), { force: true });
  const files = names.filter((name) => /^\d{12}\.log$/.test(name)).toSorted();
  const index = new JournalIndex(folder);
  for (const file of files) {
    const isLast = file === files.at(-1);
    const bytes = await cutEnd(surroundings, file, isLast);
    remember(index, Number.parseInt(file, 10), await mend(surroundings, file, bytes, isLast));
  }
  return index;
}

/** Cuts off the zeros that a file had as room for more, and in the last one the torn end; returns what stays. */
async function cutEnd({ folder, log }: Surroundings, file: string, isLast: boolean): Promise<Buffer> {
  const bytes = await readFile(join(folder, file));
  const content = bytes.subarray(0, bytes.findLastIndex((byte) => byte !== 0) + 1);
  let end = isLast ? 0 : content.length;
  if (isLast)
    for (const { offset, length, record } of decodeLines(content)) if (record !== undefined) end = offset + length;
  if (end < bytes.length) await truncate(join(folder, file), end);
  if (end < content.length)
    log.warn(
      { file, bytes: content.length - end },
      'Cut off the end of the journal, which was being written at a crash.',
    );
  return content.subarray(0, end);
}

/**
 * Moves what is no record of the journal to the dead letters; returns the lines that stay, where they are then. Zeros
 * in the last file are where a crash came before a block of the last batch was written: nobody was told that it was.
 */
async function mend(
  { folder, deadLetters, log }: Surroundings,
  file: string,
  bytes: Buffer,
  isLast: boolean,
): Promise<readonly Line[]> {
  const lines = [...decodeLines(bytes)];
  const good = new Set(lines.filter(inOrder()));
  const bad = lines.filter((line) => !good.has(line));
  if (bad.length === 0) return lines;
  const piece = ({ offset, length }: Line): Buffer => bytes.subarray(offset, offset + length);
  const damagedLines = bad.filter((line) => !(isLast && piece(line).includes(0)));
  try {
    for (const line of damagedLines) {
      const before = lines.findLast(({ offset, record }) => offset < line.offset && isEntry(record))?.record;
      const entry = damagedEntry(piece(line), Number.parseInt(file, 10), isEntry(before) ? before.at : 0);
      const reason = `The line at byte ${line.offset} of ${file} is damaged.`;
      await deadLetters.add(entry, { code: 'Damaged', reason });
      log.error(
        { file, offset: line.offset, bytes: line.length },
        'Moved a damaged line of the journal to the dead letters.',
      );
    }
    const content = Buffer.concat([...good].map(piece));
    await replaceFile(join(folder, file), content);
    if (damagedLines.length < bad.length)
      log.warn({ file }, 'Took out of the journal what was being written at a crash.');
    return [...decodeLines(content)];
  } catch (err) {
    log.error(
      { err, file, damaged: bad.length },
      'Damaged lines of the journal could not be moved. They stay until the next start.',
    );
    return [...good];
  }
}

/** Tells the lines of a file that can be what they say: entries of one run by rising number, and notes. */
function inOrder(): (line: Line) => boolean {
  let last: { run: string; number: number } | undefined;
  return ({ record }) => {
    if (isSettled(record)) return true;
    const id = isEntry(record) ? parseId(record.id) : undefined;
    if (!id || (last && (id.run !== last.run || id.number <= last.number))) return false;
    last = id;
    return true;
  };
}

function remember(index: JournalIndex, number: number, lines: readonly Line[]): void {
  const first = lines.find(({ record }) => isEntry(record))?.record as EntryRecord | undefined;
  const segment = index.begin(parseId(first?.id ?? '')?.run ?? '', number);
  for (const { offset, length, record } of lines) {
    segment.bytes = offset + length;
    if (isEntry(record)) {
      const { kind, at, id } = record;
      index.add(segment, { number: parseId(id)?.number ?? 0, offset, length, kind, at });
    } else if (isSettled(record)) {
      for (const other of settle(index, record)) segment.about.add(other);
    }
  }
  segment.trim();
}

/** Settles what a note names; yields the segments concerned. */
function* settle(index: JournalIndex, { settled }: SettledRecord): Generator<Segment> {
  for (const segment of index.segments)
    for (const range of settled[segment.run] ?? []) {
      const { first, last } = parseRange(range) ?? { first: 1, last: 0 };
      if (index.settle(segment, first, last) > 0) yield segment;
    }
}
