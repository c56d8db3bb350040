import { rm } from 'node:fs/promises';
import type { JournalIndex } from './JournalIndex.ts';
import { LogFile } from './LogFile.ts';
import type { Segment } from './Segment.ts';
import type { Settlements } from './Settlements.ts';

/** An entry on its way to the disk. */
export interface Outgoing {
  readonly number: number;
  readonly kind: string;
  readonly at: number;
  readonly line: string;
  /** In bytes. */
  readonly length: number;
}

/** Entries that were written together, with the notes that went with them. */
interface Piece {
  readonly segment: Segment;
  readonly file: LogFile;
  /** Where it begins in the file. */
  readonly start: number;
  readonly entries: readonly Outgoing[];
  readonly notes: { failed(): void };
}

/** A file that grew longer goes when nothing in it is open, and gives its space back. */
const longestReused = 1024 * 1024;

/** Writes at the end of the journal: entries and notes of what is settled; begins a new segment when one is long enough. */
export class Writer {
  readonly #index: JournalIndex;
  readonly #settlements: Settlements;
  readonly #run: string;
  readonly #segmentBytes: number;
  #current: { readonly segment: Segment; readonly file: LogFile } | undefined;
  /** What was written since the first entry that has not reached the disk yet: all of it in the current file. */
  #unsynced: Piece[] = [];

  constructor(index: JournalIndex, settlements: Settlements, run: string, segmentBytes: number) {
    this.#index = index;
    this.#settlements = settlements;
    this.#run = run;
    this.#segmentBytes = segmentBytes;
  }

  /** The segment that is being written; undefined before the first line. */
  get segment(): Segment | undefined {
    return this.#current?.segment;
  }

  /** Whether entries need no new segment, so that those before them may still be on their way to the disk. */
  hasRoomFor(entries: readonly Outgoing[]): boolean {
    return this.#current === undefined || this.#current.file.length + lengthOf(entries) <= this.#segmentBytes;
  }

  /** Adds the entries, and the notes that are due; `isDurable`: they have reached the disk when this settles with their segment. */
  async append(entries: readonly Outgoing[], isDurable: boolean): Promise<Segment> {
    const { segment, file } = await this.#roomFor(lengthOf(entries));
    const start = file.length;
    const notes = this.#settlements.take();
    let text = '';
    for (const { line } of entries) text += line;
    try {
      await file.append(Buffer.from(text + notes.text), isDurable);
    } catch (error) {
      notes.failed();
      throw error;
    }
    if (!isDurable) this.#unsynced.push({ segment, file, start, entries, notes });
    let offset = segment.bytes;
    for (const { number, kind, at, length } of entries) {
      this.#index.add(segment, { number, kind, at, offset, length });
      offset += length;
    }
    this.#noted(segment, file, notes.about);
    file.extend();
    return segment;
  }

  /** Settles when what was appended by now has reached the disk. */
  async sync(): Promise<void> {
    const { length } = this.#unsynced;
    await this.#unsynced[0]?.file.sync();
    this.#unsynced.splice(0, length);
    // Notes need not reach the disk at once: they are only taken out with an entry before them.
    while (this.#unsynced[0]?.entries.length === 0) this.#unsynced.shift();
  }

  /** Takes out what has not reached the disk, as if it had never been appended. */
  async takeBack(): Promise<void> {
    const pieces = this.#unsynced.splice(0);
    for (const { notes } of pieces) notes.failed();
    const [first] = pieces;
    if (!first) return;
    const { segment, file, start, entries } = first;
    this.#index.cut(segment, entries[0]?.number ?? Number.POSITIVE_INFINITY);
    segment.bytes = start;
    await file.takeBack(start);
  }

  /**
   * Writes the notes that are due. They seldom have to reach the disk at once: what is settled may be read again. Where
   * they have to, or a new segment begins, no entry may be on its way: of two syncs only one is told of an error.
   */
  async note(isDurable: boolean): Promise<void> {
    if (this.#settlements.isEmpty) return;
    const { segment, file } = await this.#roomFor(0);
    const start = file.length;
    const notes = this.#settlements.take();
    try {
      await file.append(Buffer.from(notes.text), isDurable);
    } catch (error) {
      notes.failed();
      throw error;
    }
    if (this.#unsynced.length > 0) this.#unsynced.push({ segment, file, start, entries: [], notes });
    this.#noted(segment, file, notes.about);
  }

  /** Whether the current segment has room to keep, and nothing that must outlast it: notes about other segments. */
  get canStartOver(): boolean {
    if (!this.#current) return false;
    const { segment, file } = this.#current;
    return (
      file.isPadded &&
      file.length <= Math.min(this.#segmentBytes, longestReused) &&
      [...segment.about].every((other) => other === segment)
    );
  }

  /**
   * Takes everything out of the current segment, of whose entries none is open, and begins it anew in the same file: to
   * make and to remove files costs more than to write over one. Where that fails, the file goes.
   */
  async startOver(): Promise<void> {
    if (!this.#current) return;
    const { segment, file } = this.#current;
    try {
      // Of what is overwritten a crash may leave any part: while an entry is there, so is this note of all of them.
      this.#settlements.add(segment, segment.settled());
      const end = file.length;
      await this.note(true);
      this.#current = { segment: this.#index.begin(this.#run, segment.number), file };
      // The line end before the note stays with it: zeros alone would make one damaged line with it.
      await file.clear(Math.max(end - 1, 0));
    } catch (error) {
      this.#settlements.forget(segment);
      await this.remove(this.#current.segment);
      throw error;
    }
  }

  /** Removes the file of a segment; what comes next is written to another one. */
  async remove(segment: Segment): Promise<void> {
    if (segment === this.segment) await this.#leave();
    await rm(segment.path, { force: true });
    this.#index.drop(segment);
  }

  /** Ends the current segment. It is whole before there is a next one: only the last may have a torn end. */
  async close(): Promise<void> {
    // While what was refused cannot be taken away, this file must stay the one that is mended before the next entry.
    await this.#current?.file.mend();
    try {
      await this.#current?.file.sync();
    } finally {
      await this.#leave();
    }
  }

  async #roomFor(bytes: number): Promise<{ readonly segment: Segment; readonly file: LogFile }> {
    const length = this.#current?.file.length ?? 0;
    if (length > 0 && length + bytes > this.#segmentBytes) {
      await this.close();
    }
    this.#current ??= await this.#begin();
    return this.#current;
  }

  async #begin(): Promise<{ readonly segment: Segment; readonly file: LogFile }> {
    const segment = this.#index.begin(this.#run);
    try {
      const file = await LogFile.open(segment.path, this.#segmentBytes);
      segment.bytes = file.length;
      return { segment, file };
    } catch (error) {
      this.#index.drop(segment);
      throw error;
    }
  }

  async #leave(): Promise<void> {
    const left = this.#current;
    this.#current = undefined;
    left?.segment.trim();
    await left?.file.close();
  }

  #noted(segment: Segment, file: LogFile, about: readonly Segment[]): void {
    segment.bytes = file.length;
    for (const other of about) segment.about.add(other);
  }
}

const lengthOf = (entries: readonly Outgoing[]): number => entries.reduce((sum, { length }) => sum + length, 0);
