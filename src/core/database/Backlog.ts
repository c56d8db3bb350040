import { setTimeout as pause } from 'node:timers/promises';
import type { JournalEntry } from '../journal/JournalEntry.ts';
import { JournalError } from '../journal/JournalError.ts';
import type { Position } from '../journal/Position.ts';
import { seconds } from '../time.ts';
import type { BacklogOptions } from './BacklogOptions.ts';
import { type DatabaseEvent, databaseChannel } from './databaseChannel.ts';
import { isRefusal } from './isOutage.ts';
import { queryTimeout, replayTimeout } from './queryTimeout.ts';
import type { RepositoryCall } from './resilient.ts';
import { describeOutage } from './unusable.ts';

/** A write as the journal keeps it. */
interface KeptWrite extends RepositoryCall {
  readonly repository: string;
}

/** Carries a write out on the database. */
export type Apply = (call: RepositoryCall) => Promise<unknown>;

interface Registered {
  readonly apply: Apply;
  /** Carries it out on the mirror. */
  readonly remember: Apply | undefined;
}

/** So many entries share a transaction, unless one of them is refused. */
const batchSize = 200;
/** So often an entry is tried whose statement the server does not want, before it is put aside. */
const patienceWithAnEntry = 5;

/** The writes that wait in the journal for the database, and their way into it: in order, each once. */
export class Backlog {
  readonly #options: BacklogOptions;
  readonly #repositories = new Map<string, Registered>();
  /** Those whose mirrors do not know yet what waits. */
  readonly #unaware = new Set<string>();
  /** How many writes wait that were kept beside a database in use, by person; those that concern everyone under undefined. */
  readonly #behind = new Map<string | undefined, number>();
  readonly #appending = new Set<Promise<unknown>>();
  readonly #refused = new Map<string, number>();
  /** How many are on their way into the journal, or held because it takes nothing. */
  #keeping = 0;
  #waiting = 0;
  #position: Position | undefined;
  #isFull = false;
  #closed = false;

  constructor(options: BacklogOptions) {
    this.#options = options;
  }

  /** Counts what an earlier run left. */
  async takeStock(): Promise<void> {
    for await (const _write of this.#writes()) this.#waiting += 1;
  }

  /** Has new mirrors know what waits, of an earlier run too: until it is in the database, they stand in for it. */
  async remember(): Promise<void> {
    const unaware = new Set(this.#unaware);
    this.#unaware.clear();
    if (this.isEmpty || unaware.size === 0) return;
    for await (const { id, body } of this.#writes()) {
      const write = body as KeptWrite;
      if (!unaware.has(write.repository)) continue;
      try {
        await this.#repositories.get(write.repository)?.remember?.(write);
      } catch (error) {
        this.#options.log.warn({ err: error, entry: id }, 'A journalled write stays out of memory.');
      }
    }
  }

  /** Names who carries out the writes of a repository. */
  register(repository: string, apply: Apply, remember?: Apply): void {
    this.#repositories.set(repository, { apply, remember });
    this.#unaware.add(repository);
  }

  get isEmpty(): boolean {
    return this.#waiting === 0;
  }

  /** Whether something waits, beside a database in use, that concerns this person: what follows has to wait behind it. */
  concerns(person: string | undefined): boolean {
    return person === undefined ? !this.isEmpty : this.#behind.has(person) || this.#behind.has(undefined);
  }

  /**
   * Keeps a write durably. When the disk takes nothing either, an essential one (of a turn that was accepted) is held
   * until the journal or the database takes it.
   * @throws JournalError for one that is not essential
   */
  async keep(repository: string, call: RepositoryCall, person: string | undefined, essential = true): Promise<void> {
    const write: KeptWrite = { repository, ...call };
    this.#waiting += 1;
    if (this.#options.isConnected()) this.#behind.set(person, (this.#behind.get(person) ?? 0) + 1);
    this.#keeping += 1;
    let isWaiting = false;
    try {
      isWaiting = await this.#append(write, person, essential);
    } finally {
      this.#keeping -= 1;
      if (!isWaiting) this.#isIn(person);
    }
    this.#options.onKept();
  }

  // True when it is in the journal, false when the database took it after all.
  async #append(write: KeptWrite, person: string | undefined, essential: boolean): Promise<boolean> {
    const { journal, log } = this.#options;
    for (;;) {
      const appending = journal.append('write', write, { ...(person === undefined ? {} : { person }), essential });
      this.#appending.add(appending);
      try {
        await appending;
        this.#isFull = false;
        return true;
      } catch (error) {
        if (!(error instanceof JournalError) || !essential || this.#closed) throw error;
        if (!this.#isFull) log.error({ err: error }, 'A write can be kept nowhere and is held until it can.');
        this.#isFull = true;
      } finally {
        this.#appending.delete(appending);
      }
      await pause(seconds(1));
      if (await this.#goesIn(write)) return false;
    }
  }

  // Whether the database takes a write that the journal does not; behind everything that is in the journal.
  async #goesIn(write: KeptWrite): Promise<boolean> {
    const { journal, isReachable } = this.#options;
    if (!isReachable() || journal.depth('write') > 0) return false;
    try {
      await queryTimeout.run(replayTimeout, () => this.#repository(write)(write));
      return true;
    } catch (error) {
      if (isRefusal(error) === 'data') throw error;
      return false;
    }
  }

  /**
   * Brings everything that waits into the database.
   * @throws whatever keeps it from being brought in; what was brought in stays so
   */
  async replay(): Promise<void> {
    const { journal } = this.#options;
    while (!this.#closed) {
      const { entries, next } = await journal.read(this.#position, batchSize);
      const writes = entries.filter(({ kind }) => kind === 'write');
      if (writes.length > 0) await this.#apply(writes);
      journal.settle(writes);
      databaseChannel.publish({ kind: 'replayed', writes: writes.length } satisfies DatabaseEvent);
      for (const { person } of writes) this.#isIn(person);
      this.#position = next;
      if (entries.length > 0) continue;
      if (this.#appending.size > 0) await Promise.allSettled(this.#appending);
      else return this.#end();
    }
  }

  // An entry that was damaged on the disk was counted, and is among the dead letters now.
  #end(): void {
    if (this.#keeping > 0) return;
    this.#waiting = 0;
    this.#behind.clear();
  }

  close(): void {
    this.#closed = true;
  }

  async *#writes(): AsyncGenerator<JournalEntry> {
    const { journal } = this.#options;
    let read = await journal.read(undefined, batchSize);
    for (; read.entries.length > 0; read = await journal.read(read.next, batchSize))
      yield* read.entries.filter(({ kind }) => kind === 'write');
  }

  async #apply(entries: readonly JournalEntry[]): Promise<void> {
    try {
      await this.#applyTogether(entries);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      // One of them is refused: the others go in one by one.
      for (const entry of entries) await this.#applyAlone(entry);
    }
  }

  async #applyTogether(entries: readonly JournalEntry[]): Promise<void> {
    const { connection } = this.#options;
    await connection.transaction(async () => {
      // Sooner than anyone gives the transaction up: else it would go on waiting in the server, and the next one behind it.
      await connection.query(`SET LOCAL lock_timeout = ${replayTimeout / 2}`);
      const rows = await connection.query<{ id: string }>(
        'INSERT INTO journal_entries (id) SELECT unnest($1::text[]) ON CONFLICT (id) DO NOTHING RETURNING id',
        [entries.map(({ id }) => id)],
      );
      const fresh = new Set(rows.map(({ id }) => id));
      for (const { id, body } of entries) {
        const write = body as KeptWrite;
        if (fresh.has(id)) await this.#repository(write)(write);
      }
    });
  }

  async #applyAlone(entry: JournalEntry): Promise<void> {
    try {
      await this.#applyTogether([entry]);
    } catch (error) {
      const attempts = (this.#refused.get(entry.id) ?? 0) + 1;
      const kind = isRefusal(error);
      if (!kind || (kind === 'statement' && attempts < patienceWithAnEntry)) {
        this.#refused.set(entry.id, attempts);
        throw error;
      }
      const { journal, log } = this.#options;
      const reason = describeOutage(error);
      await journal.deadLetters.add(entry, { code: reason, reason: 'The database refuses it for good.' });
      log.error(
        { err: error, entry: entry.id },
        'The database refuses a journalled write for good; it is among the dead letters: npm run journal -- ls',
      );
    }
    this.#refused.delete(entry.id);
  }

  #repository({ repository }: KeptWrite): Apply {
    const registered = this.#repositories.get(repository);
    if (!registered) throw new TypeError(`No plugin has a repository "${repository}".`);
    return registered.apply;
  }

  #isIn(person: string | undefined): void {
    this.#waiting -= 1;
    const behind = (this.#behind.get(person) ?? 0) - 1;
    if (behind > 0) this.#behind.set(person, behind);
    else this.#behind.delete(person);
  }
}
