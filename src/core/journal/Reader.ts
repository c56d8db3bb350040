import type { Log } from '../log/createLog.ts';
import type { DeadLetters } from './DeadLetters.ts';
import { damagedEntry } from './damagedEntry.ts';
import type { JournalEntry } from './JournalEntry.ts';
import { JournalError } from './JournalError.ts';
import type { JournalIndex } from './JournalIndex.ts';
import { decodeLines } from './line.ts';
import type { Position } from './Position.ts';
import { readPieces } from './readPieces.ts';
import { isEntry, parseId } from './records.ts';
import type { Segment, Slot } from './Segment.ts';

const beginning: Position = { segment: 0, number: 0 };
/** Bytes that one call reads at most, unless the first entry alone is longer. */
const readBytes = 4 * 1024 * 1024;

/** Reads open entries from the disk. */
export class Reader {
  readonly #index: JournalIndex;
  readonly #deadLetters: DeadLetters;
  readonly #folder: string;
  readonly #log: Log;

  constructor(index: JournalIndex, deadLetters: DeadLetters, folder: string, log: Log) {
    this.#index = index;
    this.#deadLetters = deadLetters;
    this.#folder = folder;
    this.#log = log;
  }

  /** Open entries in order from a position on; none when there are no more for now. */
  async read(from = beginning, limit: number): Promise<{ entries: JournalEntry[]; next: Position }> {
    let next = from;
    for (;;) {
      const chosen = this.#choose(next, limit);
      const entries: JournalEntry[] = [];
      for (const [segment, slots] of chosen) {
        entries.push(...(await this.#readSegment(segment, slots)));
        next = { segment: segment.number, number: (slots.at(-1)?.number ?? 0) + 1 };
      }
      // All that was chosen may have been damaged or settled meanwhile: not the end yet.
      if (entries.length > 0 || chosen.size === 0) return { entries, next };
    }
  }

  #choose(from: Position, limit: number): Map<Segment, Slot[]> {
    const chosen = new Map<Segment, Slot[]>();
    let [count, bytes] = [0, 0];
    for (const { segment, slot } of this.#index.openFrom(from)) {
      count += 1;
      bytes += slot.length;
      if (count > limit || (count > 1 && bytes > readBytes)) break;
      const slots = chosen.get(segment);
      if (slots) slots.push(slot);
      else chosen.set(segment, [slot]);
    }
    return chosen;
  }

  async #readSegment(segment: Segment, slots: readonly Slot[]): Promise<JournalEntry[]> {
    const pieces = await this.#readPieces(segment, slots);
    const entries: JournalEntry[] = [];
    for (const [place, piece] of pieces.entries()) {
      const slot = slots[place];
      const record = decodeLines(piece).next().value?.record;
      if (isEntry(record) && parseId(record.id)?.number === slot?.number)
        entries.push({ ...record, person: record.person, segment: segment.number });
      // What was settled meanwhile, with all that was in its segment, may be overwritten; what was taken back is gone.
      else if (slot && this.#index.has(segment) && segment.holds(slot)) await this.#bury(segment, slot, piece);
    }
    return entries;
  }

  async #readPieces(segment: Segment, slots: readonly Slot[]): Promise<Buffer[]> {
    try {
      return await readPieces(segment.path, slots);
    } catch (error) {
      // The last of its open entries was settled while this was on its way.
      if (!this.#index.has(segment)) return [];
      throw JournalError.of('JournalUnreadable', this.#folder, error);
    }
  }

  /** An entry that was whole when the journal was opened: the disk fails. */
  async #bury(segment: Segment, { number, offset, at }: Slot, piece: Buffer): Promise<void> {
    const context = { segment: segment.number, offset };
    try {
      const entry = { ...damagedEntry(piece, segment.number, at), id: `${segment.run}-${number}` };
      const reason = `The line at byte ${offset} of segment ${segment.number} is damaged.`;
      await this.#deadLetters.add(entry, { code: 'Damaged', reason });
      this.#index.settle(segment, number);
      this.#log.error(context, 'Moved a damaged line of the journal to the dead letters.');
    } catch (err) {
      this.#log.error({ ...context, err }, 'A damaged line of the journal could not be moved to the dead letters.');
    }
  }
}
