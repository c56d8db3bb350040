import { join } from 'node:path';
import type { EntityManager } from '@mikro-orm/postgresql';
import { KernelError } from '../errors.ts';
import { Journal } from '../journal/Journal.ts';
import { JournalError } from '../journal/JournalError.ts';
import { systemClock } from '../time.ts';
import { Availability, type Outage, UnavailableError } from './Availability.ts';
import { Backlog } from './Backlog.ts';
import { Calls } from './Calls.ts';
import { Connection, type ConnectionOptions } from './Connection.ts';
import { DatabaseClosedError } from './DatabaseClosedError.ts';
import { type Erasures, openErasures } from './Erasures.ts';
import { lockDataDir } from './lockDataDir.ts';
import type { Mirror } from './Mirror.ts';
import { Mirrors } from './Mirrors.ts';
import { patiently } from './patiently.ts';
import { Recovery } from './Recovery.ts';
import { type Resilience, replayOn, resilient } from './resilient.ts';
import { type Erasure, Sentinel } from './Sentinel.ts';
import type { SqlFunction } from './SqlFunction.ts';
import { unusable } from './unusable.ts';

/** The only place that knows whether PostgreSQL answers. Repositories query it; services reach them through `resilient`. */
export class Database {
  /** What cannot go to the database yet, and answers on their way to Discord; durable. */
  readonly journal: Journal;
  readonly erasures: Erasures;
  readonly #options: ConnectionOptions;
  readonly #connection: Connection;
  readonly #unlock: () => void;
  readonly #availability = new Availability();
  readonly #backlog: Backlog;
  readonly #sentinel: Sentinel | undefined;
  readonly #recovery: Recovery;
  readonly #mirrors: Mirrors;
  readonly #calls: Calls;
  readonly #listeners = new Set<(state: Database['state']) => void>();
  #closed = false;

  private constructor(
    options: ConnectionOptions,
    { connection, journal, unlock }: { connection: Connection; journal: Journal; unlock: () => void },
  ) {
    const { env, log } = options;
    const availability = this.#availability;
    this.#options = options;
    this.#connection = connection;
    this.#unlock = unlock;
    this.journal = journal;
    availability.begin('not connected yet');
    this.#backlog = new Backlog({
      journal,
      log,
      connection,
      isReachable: () => this.isReachable,
      isConnected: () => availability.outage === undefined,
      onKept: () => !availability.outage && this.#recovery.mend(),
    });
    this.#mirrors = new Mirrors(journal, log, options.clock ?? systemClock);
    const onErased = (erasure: Erasure): void => this.#mirrors.forget(erasure);
    this.#sentinel = connection.isEmbedded
      ? undefined
      : new Sentinel({ env, onErased, onLost: () => this.#recovery.onDeaf() });
    this.#recovery = new Recovery({
      env,
      log,
      availability,
      connection,
      backlog: this.#backlog,
      sentinel: this.#sentinel,
      mirrors: this.#mirrors,
      onChange: (state) => {
        for (const listener of this.#listeners) listener(state);
      },
    });
    this.#calls = new Calls({ env, availability, recovery: this.#recovery, sentinel: this.#sentinel });
    this.erasures = openErasures(this, onErased);
  }

  /**
   * Takes the data folder, opens the journal in it, connects, migrates and writes the settings. A server that does not
   * answer is no error: the database starts degraded and is tried again every second.
   * @throws KernelError DataDirLocked, BadEnvironment, JournalUnusable, DatabaseUnusable, SchemaTooNew
   */
  static async open(options: ConnectionOptions): Promise<Database> {
    const { env, log } = options;
    const undo: (() => unknown)[] = [lockDataDir(env.DATA_DIR)];
    try {
      const folder = join(env.DATA_DIR, 'journal');
      const journal = await Journal.open({ folder, maxBytes: env.JOURNAL_MAX_MB * 1_048_576, log });
      undo.push(() => journal.close());
      const connection = await Connection.prepare(options);
      undo.push(() => connection.close());
      const database = new Database(options, { connection, journal, unlock: undo[0] as () => void });
      undo.splice(0, undo.length, () => database.close());
      await database.#backlog.takeStock();
      await database.#connectAtBoot();
      return database;
    } catch (error) {
      for (const step of undo.reverse()) await step();
      if (error instanceof JournalError) throw new KernelError('JournalUnusable', error.message, { cause: error });
      throw error;
    }
  }

  get state(): 'connected' | 'degraded' {
    return this.reason === undefined ? 'connected' : 'degraded';
  }

  /** Why the database is degraded; undefined while it is connected. */
  get reason(): string | undefined {
    return this.#closed ? 'closed' : this.outage?.reason;
  }

  /** The outage that lasts now. */
  get outage(): Readonly<Outage> | undefined {
    return this.#availability.outage;
  }

  /** Whether it answers, be it that it is not up to date yet. */
  get isReachable(): boolean {
    return !this.#closed && (this.outage === undefined || this.outage.catchingUp);
  }

  /** Whether calls about this person (undefined: about everyone) go to the database now; else they wait behind what waits already. */
  isOpen(person: string | undefined): boolean {
    // A closed one refuses: no memory stands in for what nobody would ever see.
    return this.#closed || (this.outage === undefined && !this.#backlog.concerns(person));
  }

  /** The connections that calls share; undefined for the embedded database. */
  get pool(): Connection['pool'] {
    return this.#connection.pool;
  }

  /** Calls back at each change of `state` until the returned function is called. */
  onChange(listener: (state: Database['state']) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Runs one statement with bound parameters (`$1` …) and returns its rows. */
  async query<Row extends object>(sql: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    return this.#open.query<Row>(sql, parameters);
  }

  /**
   * Calls a function of the schema about a person, in one statement with what others call just now; returns its rows,
   * as JSON has them.
   */
  call<Row extends object>(fn: SqlFunction, values: readonly unknown[], person: string): Promise<Row[]> {
    if (this.#closed) return Promise.reject(new DatabaseClosedError());
    return this.#connection.call<Row>(fn, values, person);
  }

  /** A fresh identity map, for reads and writes through entities. */
  em(): EntityManager {
    return this.#open.em();
  }

  /** Runs work in one transaction: all of its statements take effect, or none. */
  async transaction<T>(work: () => Promise<T>): Promise<T> {
    return this.#open.transaction(work);
  }

  /**
   * Joins two implementations of one contract. While the database answers, calls go to it, and the mirror follows;
   * else they go to the mirror, and writes into the journal, from where they are brought into the database later, each
   * once. Bad data and bugs are thrown on; an outage never reaches the caller.
   */
  resilient<Repository extends object, Memory extends Repository & Mirror>(
    resilience: Resilience<Repository, Memory>,
  ): Repository {
    const { name, primary, mirror, erasedWith } = resilience;
    this.#mirrors.add(name, mirror, erasedWith);
    this.#backlog.register(name, replayOn(primary, resilience), replayOn(mirror, resilience));
    return resilient(resilience, {
      isOpen: (person) => this.isOpen(person),
      attempt: (call, deadline) => this.attempt(call, deadline),
      keep: (repository, call, person) => this.keep(repository, call, person),
      now: () => (this.#options.clock ?? systemClock).now(),
    });
  }

  /** Drops what the mirrors know of a person: another instance goes on with them. */
  evict(person: string): void {
    this.#mirrors.evict(person);
  }

  /** Everything that can write is known: what waits in the journal is remembered, and can be brought in. */
  async complete(): Promise<void> {
    await this.#backlog.remember();
    this.#recovery.complete();
  }

  /** Brings what waits in the journal in, once. @throws UnavailableError while the database is away */
  async replay(): Promise<void> {
    await this.complete();
    if (!this.isReachable) throw new UnavailableError(`The database is away: ${this.reason}`);
    await this.#recovery.settled();
    if (!this.isReachable || !this.#backlog.isEmpty) throw new UnavailableError(`The database is away: ${this.reason}`);
  }

  /** Keeps a write in the journal until the database has it; see Backlog. */
  readonly keep: Backlog['keep'] = (...write) => this.#backlog.keep(...write);

  /** Names who carries out journalled writes of a name; `resilient` does it for its repository. */
  readonly register: Backlog['register'] = (...writes) => this.#backlog.register(...writes);

  /**
   * Waits for a call of the database at most `deadline` milliseconds, and no longer than until it is known to be away.
   * @throws UnavailableError when there is no answer by then (the call may take effect nevertheless), else what it throws
   */
  attempt<T>(call: () => Promise<T>, deadline?: number): Promise<T> {
    if (this.#closed) return Promise.reject(new DatabaseClosedError());
    if (this.isReachable) return this.#calls.attempt(call, deadline);
    return Promise.reject(new UnavailableError(`The database is away: ${this.reason}`));
  }

  /** Lets the calls that run now end, then closes. */
  async close(): Promise<void> {
    const wait = (work: Promise<unknown>): Promise<void> => patiently(work, this.#connection, this.#options.log);
    await wait(this.#calls.ended());
    this.#closed = true;
    await wait(this.#recovery.close());
    await wait(this.#connection.close());
    this.#connection.evictAll();
    await this.journal.close();
    this.#unlock();
  }

  // MikroORM would connect again, to the embedded database even after its folder was given back.
  get #open(): Connection {
    if (this.#closed) throw new DatabaseClosedError();
    return this.#connection;
  }

  async #connectAtBoot(): Promise<void> {
    try {
      await this.#recovery.begin();
    } catch (error) {
      if (error instanceof KernelError) throw error;
      if (!this.#sentinel) throw unusable(error, `The embedded database under ${this.#options.env.DATA_DIR}`);
      this.#recovery.degrade(error);
    }
  }
}
