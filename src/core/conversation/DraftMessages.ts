import { setTimeout as pause } from 'node:timers/promises';
import { type Message, type MessageCreateOptions, MessageFlags, type SendableChannels } from 'discord.js';
import type { DirectMessages } from '../discord/DirectMessages.ts';
import type { Log } from '../log/createLog.ts';
import { type Clock, seconds } from '../time.ts';
import { answerIn, draftIn } from './answerIn.ts';
import { cleanText } from './cleanText.ts';
import { DraftMark } from './DraftMark.ts';
import { carries, type Delivery, deliver, nonceMemory } from './deliver.ts';
import { hasSpareBudget } from './hasSpareBudget.ts';
import { isPassing, persevere } from './persevere.ts';
import { nobody, posting } from './posting.ts';
import { splitReply } from './splitReply.ts';
import type { TurnLedger } from './TurnLedger.ts';

export interface DraftParts {
  readonly messages: DirectMessages;
  readonly ledger: Pick<TurnLedger, 'stillHolds'>;
  /** Names this instance among those that share the database. */
  readonly instance: string;
  readonly clock: Clock;
  readonly log: Log;
}

/** From the end of a request to the next one. */
const interval = seconds(1);
/** Characters of a draft that are shown: some five messages. What the rest is, its end shows. */
const longest = 10_000;
/** Whose draft has not changed for so long does not write any more. */
const patience = seconds(15);
/** Who has not changed its own draft for so long looks whether somebody else went on with it. */
const caution = seconds(10);

/** A message of the draft, and what it says. */
interface Shown {
  readonly id: string;
  readonly text: string;
}

/**
 * Shows the person the answer to a message while it is written, and makes the answer of it. One request a second at
 * most, from the spare budget only; what fails is left out. Its messages are told from an answer by `isDraft`.
 */
export class DraftMessages {
  readonly #message: Message;
  readonly #parts: DraftParts;
  /** What stands in the channel, in order. */
  #shown: Shown[] = [];
  #madeMark: DraftMark | undefined;
  #text = '';
  #timer: NodeJS.Timeout | undefined;
  #underWay: Promise<void> = Promise.resolve();
  #isOver = false;
  /** Milliseconds of the monotonic clock. */
  #changedAt = performance.now();
  /** The message of another writer's draft, in place of which nothing can be posted. */
  #other: string | undefined;

  constructor(message: Message, parts: DraftParts) {
    this.#message = message;
    this.#parts = parts;
  }

  /** What has been written so far, all of it; only the newest counts. */
  show(text: string): void {
    this.#text = text;
    if (!this.#isOver) this.#timer ??= setTimeout(() => this.#beat(), 0);
  }

  /** Goes on with what stands on a page of the channel, unless it is somebody else's, who may still write. */
  goOnFrom(page: readonly Message[]): void {
    const draft = draftIn(page, this.#message.id);
    if (draft[0] === undefined) return;
    if (this.#isOurs(draft)) this.#shown = draft.map(({ id, content }) => ({ id, text: DraftMark.off(content) }));
    else this.#giveWay(draft[0].id);
  }

  /** Shows nothing more. */
  stop(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
  }

  /**
   * Makes it the answer, which these parts are; without a draft they are said as ever.
   * @throws DiscordAPIError, HTTPError, Error when Discord does not take it
   */
  async become(parts: readonly MessageCreateOptions[], first: number): Promise<Delivery> {
    this.stop();
    await this.#underWay;
    const draft = this.#shown.map(({ id }) => id);
    if (this.#other === undefined && !this.#isForgotten) {
      const delivery = await deliver(this.#channel, this.#message.id, parts, { first, draft });
      if (delivery.draft === undefined) return delivery;
      this.#other = delivery.draft;
    }
    return this.#becomeWhenFree(parts, first, this.#other === undefined ? draft : [this.#other]);
  }

  // Two instances may be at it while the database is away: one waits until the other has answered or is no more.
  async #becomeWhenFree(
    parts: readonly MessageCreateOptions[],
    first: number,
    known: readonly string[],
  ): Promise<Delivery> {
    for (; ; await pause(interval)) {
      const page = await persevere(() => this.#page());
      const [answer] = answerIn(page, this.#message.id);
      if (answer) return { elsewhere: answer.content };
      const draft = draftIn(page, this.#message.id);
      if (!(await this.#isFree(draft))) continue;
      const ids = draft.length > 0 ? draft.map(({ id }) => id) : known;
      return deliver(this.#channel, this.#message.id, parts, { first, draft: ids });
    }
  }

  async #isFree(draft: readonly Message[]): Promise<boolean> {
    if (draft.length === 0 || this.#isOurs(draft)) return true;
    const changed = draft.map(({ createdTimestamp, editedTimestamp }) => editedTimestamp ?? createdTimestamp);
    const now = await persevere(() => this.#parts.messages.now());
    return (now || this.#parts.clock.now()) - Math.max(...changed) >= patience;
  }

  // Most answers are never drafted.
  get #mark(): DraftMark {
    this.#madeMark ??= new DraftMark(this.#parts.instance);
    return this.#madeMark;
  }

  #isOurs(draft: readonly Message[]): boolean {
    return this.#mark.isOn(draft) ?? draft.some(({ id }) => this.#shown.some((shown) => shown.id === id));
  }

  #beat(): void {
    if (!this.#next) {
      this.#timer = undefined;
      return;
    }
    this.#underWay = this.#change()
      .catch((error: unknown) => {
        this.#parts.log.debug({ err: error, turnId: this.#message.id }, 'A draft was not shown.');
        if (!isPassing(error)) this.stop();
      })
      .then(() => {
        if (!this.#isOver) this.#timer = setTimeout(() => this.#beat(), interval);
      });
  }

  // What is too much goes at the end only: the nonce of a deleted message cannot be used again.
  get #next(): { number: number; text: string; id: string | undefined } | undefined {
    const texts = splitReply(cleanText(this.#text.slice(0, longest)));
    const number = texts.findIndex((text, index) => this.#shown[index]?.text.trim() !== text.trim());
    const text = texts[number];
    return text === undefined ? undefined : { number, text, id: this.#shown[number]?.id };
  }

  async #change(): Promise<void> {
    const { id: messageId, client } = this.#message;
    if (!hasSpareBudget(client.rest)) return;
    if (await this.#isAnswered()) this.stop();
    const next = this.#next;
    if (this.#isOver || !next) return;
    const { number, text, id } = next;
    const part = { content: this.#mark.on(text), flags: MessageFlags.SuppressEmbeds } as const;
    if (id === undefined) {
      const posted = await this.#channel.send(posting(this.#channel, part, { messageId, number }));
      // For its nonce Discord may have given back another instance's.
      if (!(this.#mark.isOn([posted]) ?? carries(posted, part))) return this.#giveWay(posted.id);
      this.#shown[number] = { id: posted.id, text: DraftMark.off(posted.content) };
    } else {
      await this.#channel.messages.edit(id, { ...part, allowedMentions: nobody });
      this.#shown[number] = { id, text };
    }
    this.#changedAt = performance.now();
  }

  // By somebody else, or about to be: who stood still for a while may have lost the turn.
  async #isAnswered(): Promise<boolean> {
    const { ledger, clock } = this.#parts;
    const { id, createdTimestamp } = this.#message;
    if (!(await ledger.stillHolds(id))) return true;
    const isNonceForgotten = Math.abs(clock.now() - createdTimestamp) >= nonceMemory;
    const isPosting = this.#next?.id === undefined;
    if (!(isPosting && isNonceForgotten) && !this.#isForgotten) return false;
    const page = await this.#page();
    this.goOnFrom(page);
    return answerIn(page, id).length > 0;
  }

  // Somebody else may have taken it for given up.
  get #isForgotten(): boolean {
    return this.#shown.length > 0 && performance.now() - this.#changedAt > caution;
  }

  #giveWay(other: string): void {
    this.#other = other;
    this.stop();
  }

  #page(): Promise<Message[]> {
    const { channelId, author, id } = this.#message;
    return Array.fromAsync(this.#parts.messages.allFrom(channelId, author.id, id));
  }

  get #channel(): SendableChannels {
    const { channel } = this.#message;
    if (!channel.isSendable()) throw new Error('The channel takes no messages.');
    return channel;
  }
}
