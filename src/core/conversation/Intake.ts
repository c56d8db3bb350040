import { randomUUID } from 'node:crypto';
import type { Message } from 'discord.js';
import type { HeldChannels } from '../discord/HeldChannels.ts';
import type { Log } from '../log/createLog.ts';
import { DeadlineError, withDeadline } from '../withDeadline.ts';
import type { Claim } from './Claim.ts';
import { Gate } from './Gate.ts';
import { InHand } from './InHand.ts';
import { Lines, type Place } from './Lines.ts';
import { RecentIds } from './RecentIds.ts';
import { beginStage, inStage, type TurnEnd } from './stages.ts';
import type { TurnLedger, Verdict } from './TurnLedger.ts';

/** A message that does not come from the gateway but is read later, because nobody could deal with it at its time. */
export interface Late {
  /** How often it was handed out; undefined when it is not claimed yet. */
  readonly attempts?: number;
}

/** Takes messages on, each once and each person's in order, and knows which are still in hand. */
export class Intake {
  readonly #ledger: Pick<TurnLedger, 'claim' | 'finish'>;
  readonly #log: Log;
  readonly #lines = new Lines();
  readonly #places = new Map<string, Place>();
  readonly #inHand = new InHand();
  /** What this instance took on, so that a repeated event costs nothing. */
  readonly #taken = new RecentIds();
  readonly #late = new Map<string, Late>();
  readonly #channels: HeldChannels;
  /** What lets go of each message's channel. */
  readonly #holds = new Map<string, () => void>();
  readonly #gate: Gate;
  /** What tells how each message's turn ended. */
  readonly #endings = new Map<string, (end: TurnEnd) => void>();

  constructor(ledger: Pick<TurnLedger, 'claim' | 'finish'>, log: Log, channels: HeldChannels, gate = new Gate()) {
    this.#ledger = ledger;
    this.#log = log;
    this.#channels = channels;
    this.#gate = gate;
  }

  /**
   * Takes the message's place in line, then claims it. Only what is `mine` is to be dealt with, and finished. `beside` is
   * called when the claim is made, with whether nobody is before the message in line.
   */
  async take(message: Message, beside?: (isNext: boolean) => void): Promise<Verdict> {
    const { id, author, channelId } = message;
    if (!this.#taken.add(id)) return { verdict: 'other' };
    this.#inHand.add(id);
    const of = { turnId: id, userId: author.id };
    this.#endings.set(id, beginStage('turn', of));
    this.#hold({ messageId: id, userId: author.id, channelId });
    // Behind what a sweep is handing out just now, which is older.
    if (this.#gate.isClosed) await this.#gate.enter();
    else void this.#gate.enter();
    // Before anything else is awaited: the messages of one person keep the order in which they came.
    const place = this.#places.get(id) ?? this.#lines.enter(author.id);
    this.#places.set(id, place);
    try {
      const attempts = this.#late.get(id)?.attempts;
      if (attempts !== undefined) return { verdict: 'mine', attempts };
      const claiming = inStage(
        'claim',
        of,
        () => this.#ledger.claim({ messageId: id, userId: author.id, channelId }),
        toEnd,
      );
      beside?.(place.isFirst);
      const verdict = await claiming;
      if (verdict.verdict === 'mine') return verdict;
      this.#forgo(message, { outcome: verdict.verdict === 'refused' ? 'not taken on' : 'elsewhere' });
      return verdict;
    } catch (error) {
      this.#log.error({ err: error, messageId: id }, 'The message could not be claimed and stays unanswered.');
      this.#forgo(message, { outcome: 'failed' });
      return { verdict: 'other' };
    } finally {
      this.#gate.leave();
    }
  }

  /** Keeps a place in line for a message that is read late and is about to come in. */
  expect(claim: Claim, late: Late): void {
    const { messageId, userId } = claim;
    this.#late.set(messageId, late);
    this.#hold(claim);
    if (!this.#places.has(messageId)) this.#places.set(messageId, this.#lines.enter(userId));
  }

  /** It did not come in after all; nothing when it did. */
  unexpect(id: string): void {
    if (!this.#inHand.has(id)) this.#letGo(id);
  }

  /** Whether a message in hand was read later than it was written for. */
  isLate({ id }: Message): boolean {
    return this.#late.has(id);
  }

  /** Whether nobody heard of a message in hand at its time. */
  wasMissed({ id }: Message): boolean {
    const late = this.#late.get(id);
    return late !== undefined && late.attempts === undefined;
  }

  /** Whether this instance took a message on. */
  hasTaken(id: string): boolean {
    return this.#taken.has(id);
  }

  /** Keeps a person's channel in discord.js's cache until the returned function is called; then it goes, unless others need it. */
  holdChannel(channelId: string, userId: string): () => void {
    return this.#channels.hold(channelId, userId);
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
  async finish(message: Message, end: TurnEnd = { outcome: 'command' }): Promise<void> {
    // Who is next in line need not wait until it is noted.
    this.#places.get(message.id)?.leave();
    try {
      await this.#ledger.finish(message.id);
    } finally {
      this.#release(message, end);
    }
  }

  /** The message is somebody else's now. */
  abandon(message: Message): void {
    this.#release(message, { outcome: 'elsewhere' });
  }

  /**
   * Does something in the person's line, after every turn that is in it now; what comes later waits for it.
   * With an id, the message of that id counts as taken on from now on.
   */
  async inLine(userId: string, work: () => Promise<unknown>, id: string = randomUUID()): Promise<void> {
    this.#taken.add(id);
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
      this.#log.warn(
        { left: this.#inHand.size },
        'The time to stop is up: some messages are answered after the next start.',
      );
    }
    return this.#inHand.size;
  }

  /** How many messages have been taken on and not been dealt with yet, those that are still to be read included. */
  get inHand(): number {
    const unread = [...this.#late.keys()].filter((id) => !this.#inHand.has(id));
    return this.#inHand.size + unread.length;
  }

  // It may still become this instance's.
  #forgo(message: Message, end: TurnEnd): void {
    this.#taken.forget(message.id);
    this.#release(message, end);
  }

  #release({ id }: Message, end: TurnEnd): void {
    this.#letGo(id);
    this.#inHand.delete(id);
    this.#endings.get(id)?.(end);
    this.#endings.delete(id);
  }

  #hold({ messageId, channelId, userId }: Claim): void {
    if (!this.#holds.has(messageId)) this.#holds.set(messageId, this.#channels.hold(channelId, userId));
  }

  #letGo(id: string): void {
    this.#places.get(id)?.leave();
    this.#holds.get(id)?.();
    for (const map of [this.#places, this.#holds, this.#late]) map.delete(id);
  }
}

const toEnd = ({ verdict }: Verdict) => ({ outcome: verdict });
