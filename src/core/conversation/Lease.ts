import type { Database } from '../database/Database.ts';
import type { Log } from '../log/createLog.ts';
import { seconds } from '../time.ts';
import type { Gate } from './Gate.ts';
import type { Resumable } from './Resumable.ts';
import { lease, type SweptTurn, type TurnTable } from './TurnTable.ts';

export interface LeaseParts {
  readonly database: Database;
  readonly table: TurnTable;
  readonly instance: string;
  readonly gate: Gate;
  readonly log: Log;
}

/** How long another instance gets to claim what it saw, before a message counts as unclaimed. */
const grace = seconds(3);

/** Shows the other instances that this one lives, and takes on what nobody else works on. */
export class Lease {
  readonly #parts: LeaseParts;
  #onSwept: ((turns: readonly Resumable[]) => void) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #beating: Promise<void> | undefined;
  #unsubscribe: (() => void) | undefined;
  /** By the monotonic clock, which a change of the machine's time does not move. */
  #renewedAt = Number.NEGATIVE_INFINITY;
  /** Since when everyone could renew: after an outage of the database all leases are old. */
  #renewableSince = Number.POSITIVE_INFINITY;
  #isFirst = true;
  #isLeaving = false;
  #isUrgent = false;

  constructor(parts: LeaseParts) {
    this.#parts = parts;
  }

  /** Whether nobody else can have taken this instance for dead. */
  get isFresh(): boolean {
    return performance.now() - this.#renewedAt < lease.length;
  }

  /** Begins to beat; the first beat is awaited, so that nobody takes this instance for dead when it claims. */
  async start(onSwept: (turns: readonly Resumable[]) => void): Promise<void> {
    this.#onSwept = onSwept;
    this.#unsubscribe = this.#parts.database.onChange((state) => {
      this.#renewableSince = state === 'connected' ? performance.now() : Number.POSITIVE_INFINITY;
      if (state === 'connected') this.sweepSoon();
    });
    if (this.#parts.database.state === 'connected') this.#renewableSince = performance.now();
    await this.#beat();
  }

  /** An earlier message of somebody has to be taken on first: not to be put off until the next beat. */
  sweepSoon(): void {
    this.#isUrgent = true;
    void this.#beat();
  }

  /** From now on the others take what comes; what is in hand stays here. */
  async leave(): Promise<void> {
    this.#isLeaving = true;
    await this.#beating;
    await this.#beat();
  }

  /** Gives everything back. */
  async stop(): Promise<void> {
    const { database, table, instance, log } = this.#parts;
    this.#onSwept = undefined;
    this.#unsubscribe?.();
    clearTimeout(this.#timer);
    await this.#beating;
    clearTimeout(this.#timer);
    try {
      if (database.isReachable) await database.attempt(() => table.leave(instance));
    } catch (error) {
      log.debug({ err: error }, 'The lease was not given back; it ends by itself.');
    }
  }

  // One beat at a time; what is urgent meanwhile follows at once.
  #beat(): Promise<void> {
    this.#beating ??= this.#renewAndSweep().finally(() => {
      this.#beating = undefined;
      clearTimeout(this.#timer);
      if (!this.#onSwept) return;
      this.#timer = setTimeout(() => void this.#beat(), this.#isUrgent ? 0 : lease.renewal);
    });
    return this.#beating;
  }

  async #leftByAnEarlierRun(): Promise<ReadonlySet<string>> {
    const { database, table, instance } = this.#parts;
    return this.#isFirst ? database.attempt(() => table.unfinishedOf(instance)) : new Set();
  }

  async #renewAndSweep(): Promise<void> {
    const { database, table, instance, gate, log } = this.#parts;
    const isUrgent = this.#isUrgent;
    this.#isUrgent = false;
    if (!database.isReachable) return;
    try {
      const began = performance.now();
      await database.attempt(() => table.heartbeat(instance, { leaving: this.#isLeaving }));
      this.#renewedAt = began;
      // What was taken on in an outage has to be known to the database first.
      if (database.state !== 'connected' || this.#isLeaving) return;
      const takeOver = began - this.#renewableSince > lease.length;
      const sweep = (): Promise<SweptTurn[]> => {
        const first = this.#isFirst;
        // A sweep whose answer gets lost may have handed something out: that is asked for once more.
        this.#isFirst = true;
        return table.sweep(instance, { takeOver, first, grace: isUrgent ? 0 : grace });
      };
      await gate.alone(async () => {
        const own = await this.#leftByAnEarlierRun();
        const turns = await database.attempt(sweep);
        this.#isFirst = false;
        if (turns.length > 0) this.#onSwept?.(turns.map((turn) => ({ ...turn, isOwn: own.has(turn.messageId) })));
      });
    } catch (error) {
      log.debug({ err: error }, 'The lease was not renewed; it is tried again.');
    }
  }
}
