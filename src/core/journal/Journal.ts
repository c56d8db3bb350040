import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Ballast } from './Ballast.ts';
import { Committer, type Waiting } from './Committer.ts';
import { DeadLetters } from './DeadLetters.ts';
import type { JournalEntry } from './JournalEntry.ts';
import { JournalError } from './JournalError.ts';
import type { JournalIndex } from './JournalIndex.ts';
import type { AppendOptions, JournalOptions } from './JournalOptions.ts';
import { encodeLine } from './line.ts';
import type { Position } from './Position.ts';
import { Reader } from './Reader.ts';
import { Room } from './Room.ts';
import { type EntryRecord, parseId } from './records.ts';
import { recover } from './recover.ts';
import type { Segment } from './Segment.ts';
import { Settlements } from './Settlements.ts';
import { syncFolder } from './syncFolder.ts';
import { tidy } from './tidy.ts';
import { Writer } from './Writer.ts';

export type { JournalEntry } from './JournalEntry.ts';
export type { JournalOptions } from './JournalOptions.ts';
export type { Position } from './Position.ts';

const mebibyte = 1024 * 1024;
const batchBytes = mebibyte;
/** Milliseconds that notes of what is settled wait for an entry to go with. */
const noteDelay = 100;
/** A current segment longer than this is emptied as soon as nothing is open. */
const smallSegment = 256 * 1024;

/** Keeps what must not be forgotten in files on this machine, until it is dealt with. */
export class Journal {
  /** Where entries go that nobody can deal with. */
  readonly deadLetters: DeadLetters;
  readonly #options: Required<JournalOptions>;
  readonly #index: JournalIndex;
  readonly #settlements: Settlements;
  readonly #writer: Writer;
  readonly #ballast: Ballast;
  readonly #committer: Committer;
  readonly #reader: Reader;
  readonly #room: Room;
  readonly #run = randomBytes(8).toString('hex');
  #number = 0;
  #queue: Waiting[] = [];
  #queuedBytes = 0;
  #isTidyingDue = false;
  #isWipeDue = false;
  #timer: NodeJS.Timeout | undefined;
  #working: Promise<void> | undefined;
  #closed: Promise<void> | undefined;

  private constructor(options: Required<JournalOptions>, deadLetters: DeadLetters, index: JournalIndex) {
    const { folder, log, reserveBytes, segmentBytes } = options;
    this.#options = options;
    this.deadLetters = deadLetters;
    this.#index = index;
    this.#settlements = new Settlements(index);
    this.#writer = new Writer(index, this.#settlements, this.#run, segmentBytes);
    this.#ballast = new Ballast(join(folder, 'reserve'), reserveBytes);
    this.#committer = new Committer(this.#writer, this.#ballast, folder, log, () => void this.#work());
    this.#reader = new Reader(index, deadLetters, folder, log);
    this.#room = new Room(options);
  }

  /**
   * Opens the journal with all entries that were not settled before.
   * @throws JournalError JournalUnwritable when the folder cannot be read or mended.
   */
  static async open(given: JournalOptions): Promise<Journal> {
    const options = { segmentBytes: 8 * mebibyte, reserveBytes: 4 * mebibyte, now: Date.now, ...given };
    const { folder, log } = options;
    try {
      const made = await mkdir(folder, { recursive: true, mode: 0o700 });
      if (made !== undefined) for (const parent of [dirname(made), dirname(folder)]) await syncFolder(parent);
      const deadLetters = await DeadLetters.open({ folder, log });
      const journal = new Journal(options, deadLetters, await recover({ folder, deadLetters, log }));
      if (!(await journal.#ballast.restore()))
        log.error({ folder }, 'The disk is nearly full: the journal has no reserve. Free some space.');
      journal.#isTidyingDue = true;
      await journal.#work();
      return journal;
    } catch (error) {
      throw JournalError.of('JournalUnwritable', folder, error);
    }
  }

  /** How many entries are open, of one kind or in all. */
  depth(kind?: string): number {
    return this.#index.depth(kind);
  }

  /** The size of its files. */
  get bytes(): number {
    return this.#index.bytes;
  }

  /** When the first open entry was appended, in milliseconds since 1970. */
  get oldest(): number | undefined {
    return this.#index.oldest;
  }

  /**
   * Keeps an entry; it has reached the disk when this settles.
   * @throws JournalError JournalFull, JournalUnwritable, or JournalClosed; the entry is not kept then.
   */
  async append(
    kind: string,
    body: unknown,
    { person, essential: isEssential = false, onWritten }: AppendOptions = {},
  ): Promise<JournalEntry> {
    if (this.#closed !== undefined)
      throw new JournalError('JournalClosed', 'The journal is closed: the bot is stopping.');
    const number = this.#number + 1;
    const record: EntryRecord = { id: `${this.#run}-${number}`, kind, person, at: this.#options.now(), body };
    const line = encodeLine(record);
    const length = Buffer.byteLength(line);
    this.#room.check(this.bytes + this.#queuedBytes + length, isEssential);
    this.#number = number;
    this.#queuedBytes += length;
    const { promise, resolve, reject } = Promise.withResolvers<Segment>();
    this.#queue.push({ number, kind, at: record.at, line, length, isEssential, onWritten, resolve, reject });
    void this.#work();
    return { ...record, segment: (await promise).number };
  }

  /** Lets go of entries that were dealt with. After a crash, those of the last moments may be read again. */
  settle(entries: Iterable<Pick<JournalEntry, 'id' | 'kind' | 'segment'>>): void {
    for (const { id, segment: number } of entries) {
      const segment = this.#index.get(number);
      const parsed = parseId(id);
      if (segment === undefined || parsed?.run !== segment.run) continue;
      if (this.#index.settle(segment, parsed.number) > 0) this.#settlements.add(segment, [parsed.number]);
    }
    if (!this.#settlements.isEmpty && this.#closed === undefined)
      this.#timer ??= setTimeout(() => this.#tidySoon(), noteDelay).unref();
  }

  /** Takes what was dealt with off the disk as soon as nothing is open, however little it is. */
  wipe(): void {
    this.#isWipeDue = true;
    if (this.#closed === undefined) this.#timer ??= setTimeout(() => this.#tidySoon(), noteDelay).unref();
  }

  /**
   * Open entries in order, at most `limit` (fewer when they are long), from a position on or from the beginning; none
   * when there are no more for now.
   * @throws JournalError JournalUnreadable
   */
  read(from: Position | undefined, limit: number): Promise<{ entries: JournalEntry[]; next: Position }> {
    return this.#reader.read(from, limit);
  }

  /** Settles when all that was given to it is on the disk. */
  close(): Promise<void> {
    this.#closed ??= this.#end();
    return this.#closed;
  }

  #work(): Promise<void> {
    this.#working ??= this.#drain();
    return this.#working;
  }

  /** One thing after the other; what is appended meanwhile goes to the disk together. */
  async #drain(): Promise<void> {
    await Promise.resolve();
    do {
      const batch = this.#nextBatch();
      if (batch.length > 0) await this.#committer.commit(batch);
      for (const { length } of batch) this.#queuedBytes -= length;
      if (this.#committer.hasFailed) await this.#committer.settled();
      if (this.#isTidyingDue) await this.#tidy();
      this.#room.watch(this.bytes, this.depth());
    } while (this.#queue.length > 0 || this.#isTidyingDue || this.#committer.hasFailed);
    this.#working = undefined;
  }

  #nextBatch(): Waiting[] {
    let [count, bytes] = [0, 0];
    for (const { length } of this.#queue) {
      bytes += length;
      if (count > 0 && bytes > batchBytes) break;
      count += 1;
    }
    return this.#queue.splice(0, count);
  }

  #tidySoon(): void {
    this.#timer = undefined;
    this.#isTidyingDue = true;
    void this.#work();
  }

  async #tidy(): Promise<void> {
    this.#isTidyingDue = false;
    const isIdle = this.depth() === 0 && this.#queue.length === 0;
    const isLong = this.#isWipeDue || (this.#writer.segment?.bytes ?? 0) > smallSegment;
    const current = isIdle && this.#closed !== undefined ? 'goes' : isIdle && isLong ? 'startsOver' : 'stays';
    const parts = {
      index: this.#index,
      settlements: this.#settlements,
      writer: this.#writer,
      committer: this.#committer,
    };
    try {
      await tidy(parts, current);
      if (isIdle) this.#isWipeDue = false;
      if (isIdle) await this.#ballast.restore();
    } catch (error) {
      const err = JournalError.of('JournalUnwritable', this.#options.folder, error);
      this.#options.log.warn(
        { err },
        'What is settled could not be cleared from the journal. It is tried again later.',
      );
    }
  }

  async #end(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#working;
    // Who waited for the disk may settle then.
    await this.#committer.settled();
    this.#isTidyingDue = true;
    await this.#work();
    try {
      await this.#writer.close();
    } catch (error) {
      const err = JournalError.of('JournalUnwritable', this.#options.folder, error);
      this.#options.log.warn({ err }, 'What was settled last may be read again at the next start.');
    }
    await this.deadLetters.close();
  }
}
