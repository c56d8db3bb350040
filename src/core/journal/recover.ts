import { readdir, readFile, rm, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '../log/createLog.ts';
import type { DeadLetters } from './DeadLetters.ts';
import { damagedEntry } from './damagedEntry.ts';
import { JournalIndex } from './JournalIndex.ts';
import type { Line } from './line.ts';
import { pickLines } from './pickLines.ts';
import { parseRange } from './ranges.ts';
import { isEntry, isSettled, parseId, type SettledRecord } from './records.ts';
import { replaceFile } from './replaceFile.ts';
import type { Segment } from './Segment.ts';

interface Surroundings {
  readonly folder: string;
  readonly deadLetters: DeadLetters;
  readonly log: Log;
}

/** What must be known of a line: with their bodies, all entries of a file would take much more memory than the file. */
interface Content extends Pick<Line, 'offset' | 'length'> {
  readonly isWhole: boolean;
  /** Whether it can be what it says: entries of one run by rising number, and notes. */
  readonly isGood: boolean;
  /** Undefined where it is no entry. */
  readonly number: number | undefined;
  readonly run: string;
  readonly kind: string;
  readonly at: number;
  readonly note: SettledRecord | undefined;
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
    const { bytes, lines } = await cutEnd(surroundings, file, isLast);
    remember(index, Number.parseInt(file, 10), await mend(surroundings, file, bytes, lines, isLast));
  }
  return index;
}

/** Cuts off the zeros that a file had as room for more, and in the last one the torn end; returns what stays. */
async function cutEnd(
  { folder, log }: Surroundings,
  file: string,
  isLast: boolean,
): Promise<{ bytes: Buffer; lines: readonly Content[] }> {
  const bytes = await readFile(join(folder, file));
  const content = bytes.subarray(0, bytes.findLastIndex((byte) => byte !== 0) + 1);
  const lines = await pickLines(content, toContent());
  const last = isLast ? lines.findLastIndex(({ isWhole }) => isWhole) : lines.length - 1;
  const { offset = 0, length = 0 } = lines[last] ?? {};
  const end = offset + length;
  if (end < bytes.length) await truncate(join(folder, file), end);
  if (end < content.length)
    log.warn(
      { file, bytes: content.length - end },
      'Cut off the end of the journal, which was being written at a crash.',
    );
  return { bytes: content.subarray(0, end), lines: lines.slice(0, last + 1) };
}

function toContent(): (line: Line) => Content {
  const last = { run: '', number: 0 };
  return ({ offset, length, record }) => {
    const isWhole = record !== undefined;
    const about = { offset, length, isWhole, run: '', kind: '', at: 0, number: undefined, note: undefined };
    if (isSettled(record)) return { ...about, isGood: true, note: record };
    const id = isEntry(record) ? parseId(record.id) : undefined;
    if (!isEntry(record) || !id) return { ...about, isGood: false };
    const isNext = last.run === '' || (id.run === last.run && id.number > last.number);
    // One string for the run of all entries.
    if (last.run === '') last.run = id.run;
    if (isNext) last.number = id.number;
    return { ...about, isGood: isNext, run: last.run, number: id.number, kind: record.kind, at: record.at };
  };
}

/**
 * Moves what is no record of the journal to the dead letters; returns the lines that stay, where they are then. Zeros
 * in the last file are where a crash came before a block of the last batch was written: nobody was told that it was.
 */
async function mend(
  { folder, deadLetters, log }: Surroundings,
  file: string,
  bytes: Buffer,
  lines: readonly Content[],
  isLast: boolean,
): Promise<readonly Content[]> {
  const bad = lines.filter(({ isGood }) => !isGood);
  if (bad.length === 0) return lines;
  const good = lines.filter(({ isGood }) => isGood);
  const piece = ({ offset, length }: Content): Buffer => bytes.subarray(offset, offset + length);
  const damagedLines = bad.filter((line) => !(isLast && piece(line).includes(0)));
  try {
    for (const line of damagedLines) {
      const before = lines.findLast(({ offset, number }) => offset < line.offset && number !== undefined);
      const entry = damagedEntry(piece(line), Number.parseInt(file, 10), before?.at ?? 0);
      const reason = `The line at byte ${line.offset} of ${file} is damaged.`;
      await deadLetters.add(entry, { code: 'Damaged', reason });
      log.error(
        { file, offset: line.offset, bytes: line.length },
        'Moved a damaged line of the journal to the dead letters.',
      );
    }
    const content = Buffer.concat(good.map(piece));
    await replaceFile(join(folder, file), content);
    if (damagedLines.length < bad.length)
      log.warn({ file }, 'Took out of the journal what was being written at a crash.');
    return await pickLines(content, toContent());
  } catch (err) {
    log.error(
      { err, file, damaged: bad.length },
      'Damaged lines of the journal could not be moved. They stay until the next start.',
    );
    return good;
  }
}

function remember(index: JournalIndex, segmentNumber: number, lines: readonly Content[]): void {
  const segment = index.begin(lines.find(({ run }) => run !== '')?.run ?? '', segmentNumber);
  for (const { offset, length, number, kind, at, note } of lines) {
    segment.bytes = offset + length;
    if (number !== undefined) index.add(segment, { number, offset, length, kind, at });
    else if (note) for (const other of settle(index, note)) segment.about.add(other);
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
