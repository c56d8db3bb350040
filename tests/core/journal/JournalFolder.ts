import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Journal, type JournalEntry, type JournalOptions } from '../../../src/core/journal/Journal.ts';
import { createLog } from '../../../src/core/log/createLog.ts';

/** A folder for a journal, which goes away with its journals, and what they have logged. */
export class JournalFolder {
  readonly path: string;
  readonly lines: string[] = [];
  readonly log = createLog({
    level: 'trace',
    secrets: [],
    destination: { write: (line) => void this.lines.push(line) },
  });
  readonly #journals: Journal[] = [];

  private constructor(path: string) {
    this.path = path;
  }

  static async make(): Promise<JournalFolder> {
    return new JournalFolder(await mkdtemp(join(tmpdir(), 'steward-journal-')));
  }

  async open(options: Partial<JournalOptions> = {}): Promise<Journal> {
    const { path: folder, log } = this;
    const journal = await Journal.open({ folder, log, maxBytes: 1e9, reserveBytes: 0, ...options });
    this.#journals.push(journal);
    return journal;
  }

  /** The sentences that were logged at a level. */
  logged(level: string): string[] {
    return this.lines.map((line) => JSON.parse(line)).flatMap((line) => (line.level === level ? [line.msg] : []));
  }

  /** The names of the segments. */
  async segments(): Promise<string[]> {
    return (await readdir(this.path)).filter((name) => /^\d{12}\.log$/.test(name)).toSorted();
  }

  /** All that stands in the folder's files. */
  async text(): Promise<string> {
    const names = await readdir(this.path);
    return (await Promise.all(names.map((name) => readFile(join(this.path, name), 'utf8')))).join('');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const journal of this.#journals) await journal.close();
    await rm(this.path, { recursive: true, force: true });
  }
}

/** All open entries, read in pages. */
export async function readAll(journal: Journal, limit = 100): Promise<JournalEntry[]> {
  const all: JournalEntry[] = [];
  for (let page = await journal.read(undefined, limit); page.entries.length > 0; ) {
    all.push(...page.entries);
    page = await journal.read(page.next, limit);
  }
  return all;
}

/** The bodies of all open entries. */
export async function readBodies(journal: Journal): Promise<unknown[]> {
  return (await readAll(journal)).map(({ body }) => body);
}

/** Appends 0, 1, 2, … each after the one before was acknowledged. */
export async function appendOneByOne(journal: Journal, count: number): Promise<JournalEntry[]> {
  const entries: JournalEntry[] = [];
  for (let n = 0; n < count; n += 1) entries.push(await journal.append('write', n));
  return entries;
}

/** Appends all at once. */
export function appendAll(journal: Journal, bodies: readonly unknown[], kind = 'write'): Promise<JournalEntry[]> {
  return Promise.all(bodies.map((body) => journal.append(kind, body)));
}
