import { readFile, rm, truncate } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Log } from '../log/createLog.ts';
import { damaged, damagedEntry } from './damagedEntry.ts';
import type { JournalEntry } from './JournalEntry.ts';
import { JournalError } from './JournalError.ts';
import { LogFile } from './LogFile.ts';
import { encodeLine } from './line.ts';
import { pickLines } from './pickLines.ts';
import { replaceFile } from './replaceFile.ts';
import { syncFolder } from './syncFolder.ts';

/** An entry that could not be dealt with, and why. */
export interface DeadLetter {
  readonly entry: JournalEntry;
  readonly code: string;
  /** A sentence for the operator; it quotes nobody. */
  readonly reason: string;
}

/** Keeps the entries that nobody could deal with, until an operator or an erasure does. */
export class DeadLetters {
  readonly #path: string;
  #file: LogFile | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #ids = new Set<string>();

  private constructor(path: string) {
    this.#path = path;
  }

  /** Opens `dead-letters.log` in a folder that exists. */
  static async open({ folder, log }: { folder: string; log: Log }): Promise<DeadLetters> {
    const letters = new DeadLetters(join(folder, 'dead-letters.log'));
    await letters.#inTurn('JournalUnwritable', () => letters.#mend(log));
    await letters.list();
    return letters;
  }

  /** How many there are. */
  get size(): number {
    return this.#ids.size;
  }

  /** Keeps an entry; it has reached the disk when this settles. The reason must not quote what a person wrote. */
  add(entry: JournalEntry, { code, reason }: { code: string; reason: string }): Promise<void> {
    return this.#inTurn('JournalUnwritable', async () => {
      this.#file ??= await LogFile.open(this.#path);
      await this.#file.append(Buffer.from(encodeLine({ entry, code, reason } satisfies DeadLetter)), true);
      this.#ids.add(entry.id);
    });
  }

  /** All of them, in the order in which they were added; of two with one id the last. */
  list(): Promise<DeadLetter[]> {
    return this.#inTurn('JournalUnreadable', () => this.#read());
  }

  /**
   * Erases what was appended before a moment, of one person or (undefined) of everyone, as far as it `isMeant`; returns
   * how many. A damaged line that does not tell whose it is goes too: it may be theirs.
   */
  forget(
    person: string | undefined,
    before: Date,
    isMeant: (entry: JournalEntry) => boolean = () => true,
  ): Promise<number> {
    const isTheirs = ({ entry }: DeadLetter): boolean =>
      person === undefined || entry.person === person || (entry.person === undefined && entry.kind === damaged);
    return this.#inTurn('JournalUnwritable', async () => {
      const isErased = (letter: DeadLetter): boolean =>
        letter.entry.at < before.getTime() &&
        isTheirs(letter) &&
        (letter.entry.kind === damaged || isMeant(letter.entry));
      const gone = await this.#keep((letter) => !isErased(letter));
      return gone.length;
    });
  }

  /** Gives an entry out for another attempt, and no longer keeps it; undefined where there is none of this id. */
  take(id: string): Promise<DeadLetter | undefined> {
    return this.#inTurn('JournalUnwritable', async () => (await this.#keep(({ entry }) => entry.id !== id))[0]);
  }

  async close(): Promise<void> {
    await this.#inTurn('JournalUnwritable', () => this.#closeFile());
  }

  /** One call after the other: a rewritten file must not miss what is being added. */
  #inTurn<Result>(code: 'JournalUnwritable' | 'JournalUnreadable', work: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(work).catch((error: unknown) => {
      throw JournalError.of(code, dirname(this.#path), error);
    });
    this.#last = result.catch(() => undefined);
    return result;
  }

  /** Keeps only those that the filter lets through; returns the others. */
  async #keep(filter: (letter: DeadLetter) => boolean): Promise<DeadLetter[]> {
    const letters = await this.#read();
    const kept = letters.filter(filter);
    if (kept.length === letters.length) return [];
    await this.#closeFile();
    if (kept.length > 0) await replaceFile(this.#path, kept.map(encodeLine).join(''));
    else {
      await rm(this.#path, { force: true });
      await syncFolder(dirname(this.#path));
    }
    this.#ids = new Set(kept.map(({ entry }) => entry.id));
    return letters.filter((letter) => !filter(letter));
  }

  async #read(): Promise<DeadLetter[]> {
    const records = await pickLines(await this.#bytes(), ({ record }) => record);
    const letters = records.filter(isDeadLetter);
    const byId = new Map(letters.map((letter) => [letter.entry.id, letter]));
    this.#ids = new Set(byId.keys());
    return [...byId.values()];
  }

  async #bytes(): Promise<Buffer> {
    try {
      return await readFile(this.#path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return Buffer.alloc(0);
      throw error;
    }
  }

  async #closeFile(): Promise<void> {
    await this.#file?.close();
    this.#file = undefined;
  }

  /** Cuts off a letter that was not written to its end; one that is damaged becomes a letter about itself. */
  async #mend(log: Log): Promise<void> {
    const bytes = await this.#bytes();
    const end = bytes.lastIndexOf('\n') + 1;
    if (end < bytes.length) await truncate(this.#path, end);
    const lines = await pickLines(bytes.subarray(0, end), (line) => line);
    if (lines.every(({ record }) => isDeadLetter(record))) return;
    const letters = lines.map(({ offset, length, record }) =>
      isDeadLetter(record) ? record : aboutItself(bytes.subarray(offset, offset + length)),
    );
    await replaceFile(this.#path, letters.map(encodeLine).join(''));
    log.error({ file: this.#path }, 'Some lines of the dead letters were damaged. What is left of them is kept.');
  }
}

function aboutItself(line: Buffer): DeadLetter {
  return { entry: damagedEntry(line, 0, 0), code: 'Damaged', reason: 'The line of this dead letter is damaged.' };
}

function isDeadLetter(record: unknown): record is DeadLetter {
  const { entry, code, reason } = (record ?? {}) as Partial<Record<keyof DeadLetter, unknown>>;
  return typeof entry === 'object' && entry !== null && typeof code === 'string' && typeof reason === 'string';
}
