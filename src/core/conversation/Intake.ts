import { randomUUID } from 'node:crypto';
import type { Message } from 'discord.js';
import type { Log } from '../log/createLog.ts';
import { DeadlineError, withDeadline } from '../withDeadline.ts';
import { InHand } from './InHand.ts';
import { Lines, type Place } from './Lines.ts';
import { RecentIds } from './RecentIds.ts';
import type { TurnLedger } from './TurnLedger.ts';

/** Takes messages on, each once and each person's in order, and knows which are still in hand. */
export class Intake {
  readonly #ledger: TurnLedger;
  readonly #log: Log;
  readonly #lines = new Lines();
  readonly #places = new Map<string, Place>();
  readonly #inHand = new InHand();
  /** What this instance took on, whichever ledger answered for it: the database's knows nothing of an outage's. */
  readonly #taken = new RecentIds();

  constructor(ledger: TurnLedger, log: Log) {
    this.#ledger = ledger;
    this.#log = log;
  }

  /** Takes the message's place in line, then claims it; false when it is somebody else's or was answered before. */
  async take({ id, author, channelId }: Message): Promise<boolean> {
    if (!this.#taken.add(id)) return false;
    // Before anything is awaited: the messages of one person keep the order in which they came.
    this.#places.set(id, this.#lines.enter(author.id));
    this.#inHand.add(id);
    try {
      if (await this.#ledger.claim({ messageId: id, userId: author.id, channelId })) return true;
    } catch (error) {
      this.#log.error({ err: error, messageId: id }, 'The message could not be claimed and stays unanswered.');
      this.#taken.forget(id);
    }
    this.#release(id);
    return false;
  }

  /** Settles when every earlier message of the person has been dealt with. */
  async turnOf({ id }: Message): Promise<void> {
    await this.#places.get(id)?.ready;
  }

  /** Lets the person's next message go first: this one keeps no order. */
  leaveLine({ id }: Message): void {
    this.#places.get(id)?.leave();
  }

  /** The message has been dealt with. */
  async finish({ id }: Message): Promise<void> {
    try {
      await this.#ledger.finish(id);
    } finally {
      this.#release(id);
    }
  }

  /** Does something when every turn of the person that is in line now has ended; nothing when there is none. */
  async afterTurnsOf(userId: string, work: () => Promise<unknown>): Promise<void> {
    if (!this.#lines.has(userId)) return;
    const id = randomUUID();
    const place = this.#lines.enter(userId);
    this.#inHand.add(id);
    try {
      await place.ready;
      await work();
    } finally {
      place.leave();
      this.#inHand.delete(id);
    }
  }

  /** Waits at most so many milliseconds until nothing is in hand; returns how many messages still are. */
  async drain(milliseconds: number): Promise<number> {
    try {
      await withDeadline(this.#inHand.empty(), milliseconds);
    } catch (error) {
      if (!(error instanceof DeadlineError)) throw error;
      this.#log.warn({ left: this.#inHand.size }, 'The time to stop is up: some messages stay unanswered.');
    }
    return this.#inHand.size;
  }

  /** How many messages have been taken on and not been dealt with yet. */
  get inHand(): number {
    return this.#inHand.size;
  }

  #release(id: string): void {
    this.#places.get(id)?.leave();
    this.#places.delete(id);
    this.#inHand.delete(id);
  }
}
