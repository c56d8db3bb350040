import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { DeadLetter } from '../core/journal/DeadLetters.ts';
import { encodeLine } from '../core/journal/line.ts';
import { type EntryRecord, parseId } from '../core/journal/records.ts';
import { syncFolder } from '../core/journal/syncFolder.ts';
import { withFile } from '../core/journal/withFile.ts';
import { deadLetters, openEntries, segmentFiles, settledRuns } from './readJournal.ts';
import { unusableFile } from './unusableFile.ts';

/** Characters in a file of the journal, about. */
const segmentLength = 8 * 1024 * 1024;

/**
 * What a backup's journal has, on its way into a journal's folder. What waits there already stays, behind it: it is
 * later, and the database that is restored does not have it. Until the commit nothing that a bot reads is changed.
 */
export class StagedJournal {
  readonly #folder: string;
  readonly #known: ReadonlySet<string>;
  readonly #settledRuns: ReadonlySet<string>;
  readonly #knownLetters: ReadonlySet<string>;
  readonly #files: string[] = [];
  #letters: string | undefined;
  #newLetters = '';
  #text = '';
  #run: string | undefined;
  #entries = 0;

  private constructor(
    folder: string,
    found: { known: ReadonlySet<string>; settledRuns: ReadonlySet<string>; knownLetters: ReadonlySet<string> },
  ) {
    this.#folder = folder;
    this.#known = found.known;
    this.#settledRuns = found.settledRuns;
    this.#knownLetters = found.knownLetters;
  }

  /** For a folder that nobody works in; made where it is missing. */
  static async begin(folder: string): Promise<StagedJournal> {
    await trying(folder, () => mkdir(folder, { recursive: true, mode: 0o700 }));
    const known = new Set<string>();
    for await (const { id } of openEntries(folder)) known.add(id);
    const knownLetters = new Set((await deadLetters(folder)).keys());
    return new StagedJournal(folder, { known, knownLetters, settledRuns: await settledRuns(folder) });
  }

  /** How many entries are new here. */
  get entries(): number {
    return this.#entries;
  }

  async addEntry(entry: EntryRecord): Promise<void> {
    const parsed = parseId(entry.id);
    if (!parsed) return;
    const { number } = parsed;
    let { run } = parsed;
    // What was dealt with here since was so in a database that is gone: another run is not what the notes are about.
    while (this.#settledRuns.has(run) && !this.#known.has(`${run}-${number}`)) run += '_';
    const id = `${run}-${number}`;
    if (this.#known.has(id)) return;
    // A file has the entries of one run.
    if (run !== this.#run || this.#text.length > segmentLength) await this.#flush();
    this.#run = run;
    this.#text += encodeLine({ ...entry, id });
    this.#entries += 1;
  }

  addLetter(letter: DeadLetter): void {
    if (!this.#knownLetters.has(letter.entry.id)) this.#newLetters += encodeLine(letter);
  }

  /** Settles when all of it is on the disk, under names that a bot clears away. */
  async finish(): Promise<void> {
    await this.#flush();
    if (this.#newLetters === '') return;
    this.#letters = join(this.#folder, 'restored-letters.tmp');
    const before = await readFile(join(this.#folder, 'dead-letters.log')).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return Buffer.alloc(0);
      throw unusableFile(this.#folder, 'read', error);
    });
    const whole = before.subarray(0, before.lastIndexOf('\n') + 1);
    await write(this.#letters, Buffer.concat([whole, Buffer.from(this.#newLetters)]));
  }

  /** Puts it in its place, before what is there; a crash on the way leaves everything in order. */
  async commit(): Promise<void> {
    await trying(this.#folder, async () => {
      const numbers = ((await segmentFiles(this.#folder)) ?? []).map((file) => Number.parseInt(file, 10));
      const first = Math.max(1, (numbers[0] ?? this.#files.length + 1) - this.#files.length);
      const shift = Math.max(0, first + this.#files.length - (numbers[0] ?? Number.POSITIVE_INFINITY));
      if (shift > 0)
        for (const number of numbers.toReversed()) await rename(this.#segment(number), this.#segment(number + shift));
      for (const [place, file] of this.#files.entries()) await rename(file, this.#segment(first + place));
      if (this.#letters !== undefined) await rename(this.#letters, join(this.#folder, 'dead-letters.log'));
      await syncFolder(this.#folder);
    });
  }

  /** Leaves nothing behind. */
  async abandon(): Promise<void> {
    for (const file of [...this.#files, ...(this.#letters === undefined ? [] : [this.#letters])])
      await rm(file, { force: true });
  }

  #segment(number: number): string {
    return join(this.#folder, `${String(number).padStart(12, '0')}.log`);
  }

  async #flush(): Promise<void> {
    if (this.#text === '') return;
    const file = join(this.#folder, `restored-${this.#files.length}.tmp`);
    this.#files.push(file);
    await write(file, this.#text);
    this.#text = '';
  }
}

const write = (path: string, content: string | Buffer): Promise<void> =>
  trying(path, () =>
    withFile(path, 'w', async (handle) => {
      await handle.writeFile(content);
      await handle.sync();
    }),
  );

async function trying<Result>(path: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw unusableFile(path, 'written', error);
  }
}
