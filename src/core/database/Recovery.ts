import { setTimeout as pause } from 'node:timers/promises';
import type { KernelEnvironment } from '../kernelEnvironment.ts';
import type { Log } from '../log/createLog.ts';
import { minutes, seconds } from '../time.ts';
import type { Availability } from './Availability.ts';
import type { Backlog } from './Backlog.ts';
import type { Connection } from './Connection.ts';
import type { Mirrors } from './Mirrors.ts';
import { queryTimeout, replayTimeout } from './queryTimeout.ts';
import type { Erasure, Sentinel } from './Sentinel.ts';
import { describeOutage } from './unusable.ts';

export interface RecoveryParts {
  readonly env: KernelEnvironment;
  readonly log: Log;
  readonly availability: Availability;
  readonly backlog: Backlog;
  readonly connection: Connection;
  /** Absent for the embedded database, which cannot go away. */
  readonly sentinel: Sentinel | undefined;
  readonly mirrors: Pick<Mirrors, 'forget' | 'horizon'>;
  /** The database is used (again) or is not. */
  onChange(state: 'connected' | 'degraded'): void;
}

/** Between two attempts to come back. */
const interval = seconds(1);
/** How far before its commit the moment of an erasure may lie. */
const lateness = minutes(20);

/** Brings the bot and its database together again: one attempt at a time, first a sign of life, then what was missed. */
export class Recovery {
  readonly #parts: RecoveryParts;
  readonly #stopping = new AbortController();
  /** The attempts that are under way; never rejects. */
  #mending: Promise<void> = Promise.resolve();
  #isMending = false;
  /** The log knows of this outage. */
  #isAnnounced = false;
  /** Every repository is known, so that the backlog can be brought in. */
  #isComplete = false;
  /** Since when erasures of other instances may have gone unheard, in milliseconds since 1970. */
  #deafSince: number | undefined;

  constructor(parts: RecoveryParts) {
    this.#parts = parts;
    // What was erased before the start concerns what an earlier run left, and what is read late.
    this.#deafSince = parts.mirrors.horizon;
  }

  /** The first attempt. @throws whatever keeps the database from being used */
  async begin(): Promise<void> {
    await this.#attempt();
  }

  /** All repositories are known. */
  complete(): void {
    this.#isComplete = true;
    this.mend();
  }

  /** The database cannot be used; everyone stops waiting for it. */
  degrade(error: unknown): void {
    if (this.#stopping.signal.aborted) return;
    const { availability, connection, sentinel, log, onChange } = this.#parts;
    const wasConnected = availability.outage === undefined;
    const isNews = availability.begin(describeOutage(error));
    if (!this.#isAnnounced)
      log.error({ err: error }, 'The database does not answer; the bot goes on from memory and keeps trying.');
    else if (isNews) log.debug({ err: error }, 'The database still does not answer, for another reason.');
    this.#isAnnounced = true;
    sentinel?.drop();
    connection.evictAll();
    if (sentinel) this.#deafSince ??= Date.now();
    if (wasConnected) onChange('degraded');
    this.mend();
  }

  /** The sentinel heard nothing for a moment. */
  onDeaf(): void {
    this.#deafSince ??= Date.now();
    this.mend();
  }

  /** Sees to it that what is missing is brought in. */
  mend(): void {
    if (this.#isMending || this.#stopping.signal.aborted) return;
    this.#isMending = true;
    this.#mending = this.#parts.connection.outside(() => this.#mend());
  }

  /** Settles when nothing is missing any more. */
  async settled(): Promise<void> {
    while (!this.#isMended && !this.#stopping.signal.aborted) await this.#mending;
  }

  /** Ends the attempts and waits for the one that is under way. */
  async close(): Promise<void> {
    this.#stopping.abort();
    this.#parts.backlog.close();
    // A probe may wait long for a server that does not answer.
    this.#parts.sentinel?.close();
    await this.#mending;
  }

  get #isMended(): boolean {
    const { availability, backlog } = this.#parts;
    return availability.outage === undefined && backlog.isEmpty && this.#deafSince === undefined;
  }

  async #mend(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted && !this.#isMended) {
      try {
        await this.#attempt();
      } catch (error) {
        await this.#onFailure(error);
      }
      const waitsForPlugins = !this.#isComplete && this.#parts.availability.outage?.catchingUp;
      if (waitsForPlugins || this.#isMended) break;
      await pause(interval, undefined, { signal }).catch(() => undefined);
    }
    // Nothing is awaited between the last look and this line, so that no call to mend is lost.
    this.#isMending = false;
  }

  async #attempt(): Promise<void> {
    const { availability, backlog, connection, sentinel, env } = this.#parts;
    await sentinel?.check(availability.outage ? env.DB_CONNECTION_TIMEOUT : env.DB_QUERY_TIMEOUT);
    await this.#watched(async () => {
      if (availability.outage) {
        await connection.connect();
        if (this.#stopping.signal.aborted) return;
        availability.catchUp();
      }
      await this.#hearErasures();
      if (this.#isComplete) await queryTimeout.run(replayTimeout, () => backlog.replay());
    });
    if (availability.outage?.catchingUp && backlog.isEmpty) this.#end();
  }

  // A migration may take its time; a server that fell silent meanwhile would be waited for without end.
  async #watched(work: () => Promise<void>): Promise<void> {
    const { connection, sentinel, env } = this.#parts;
    let death: unknown;
    const onDeath = (error: unknown): void => {
      // What is under way when the bot stops is brought to its end.
      if (this.#stopping.signal.aborted) return;
      death = error;
      connection.evictAll();
    };
    const timer = setInterval(() => void sentinel?.check(env.DB_QUERY_TIMEOUT).catch(onDeath), interval);
    try {
      await work();
    } catch (error) {
      throw death ?? error;
    } finally {
      clearInterval(timer);
    }
  }

  #end(): void {
    const { availability, connection, log, onChange } = this.#parts;
    availability.end();
    this.#isAnnounced = false;
    log.info({ embedded: connection.isEmbedded }, 'The database is connected.');
    onChange('connected');
  }

  /** A replay may fail for one statement's sake while the database is fine. */
  async #onFailure(error: unknown): Promise<void> {
    const { availability, sentinel, env, log } = this.#parts;
    if (availability.outage || this.#stopping.signal.aborted) return this.degrade(error);
    try {
      await sentinel?.check(env.DB_QUERY_TIMEOUT);
      log.warn({ err: error }, 'A journalled write could not be brought into the database yet.');
    } catch (failure) {
      this.degrade(failure);
    }
  }

  async #hearErasures(): Promise<void> {
    const since = this.#deafSince;
    if (since === undefined) return;
    const rows = await this.#parts.connection.query<{ person: string | null; scope: Erasure['scope']; before: string }>(
      'SELECT person, scope, before FROM erasures_since($1)',
      [new Date(since - lateness).toISOString()],
    );
    for (const { person, scope, before } of rows)
      this.#parts.mirrors.forget({ person: person ?? undefined, scope, before: new Date(before) });
    if (this.#deafSince === since) this.#deafSince = undefined;
  }
}
