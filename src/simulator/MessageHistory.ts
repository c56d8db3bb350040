import type { APIMessage } from 'discord.js';
import { isEphemeral } from './messageFlags.ts';
import { quoted } from './replyTo.ts';
import { compareSnowflakes } from './Snowflakes.ts';

/** Which part of a channel is wanted; at most one of `before`, `after` and `around` counts. */
export interface HistoryPage {
  before?: string | undefined;
  after?: string | undefined;
  around?: string | undefined;
  /** 1 to 100 */
  limit: number;
}

const CAPACITY = 5_000;

/** The messages of one channel in the order of their ids, replies with what they answer; above 5,000 the oldest are forgotten. */
export class MessageHistory {
  readonly #messages: APIMessage[] = [];

  get all(): readonly APIMessage[] {
    return [...this.#messages];
  }

  get newest(): APIMessage | undefined {
    return this.#messages.findLast((message) => !isEphemeral(message));
  }

  get(id: string): APIMessage | undefined {
    return this.#messages.findLast((message) => message.id === id);
  }

  /** Adds a message at its place in time, or replaces the one that has its id. */
  put(message: APIMessage): void {
    const before = this.#messages.findLastIndex((earlier) => compareSnowflakes(earlier.id, message.id) <= 0);
    if (this.#messages[before]?.id === message.id) {
      this.#messages[before] = message;
      this.#tellReplies(message.id, quoted(message));
    } else this.#messages.splice(before + 1, 0, message);
    if (this.#messages.length > CAPACITY) this.#messages.shift();
  }

  remove(id: string): boolean {
    const index = this.#messages.findLastIndex((message) => message.id === id);
    if (index < 0) return false;
    this.#messages.splice(index, 1);
    this.#tellReplies(id, null);
    return true;
  }

  /** A page, newest first and without what is for a single person's eyes: https://discord.com/developers/docs/resources/message#get-channel-messages */
  page({ before, after, around, limit }: HistoryPage): APIMessage[] {
    if (before !== undefined) return this.#older(before, limit).toReversed();
    if (after !== undefined) return this.#newer(after, limit).toReversed();
    const messages = this.#public();
    if (around === undefined) return messages.slice(-limit).toReversed();
    const half = Math.floor(limit / 2);
    const middle = messages.filter((message) => message.id === around);
    return [...this.#older(around, half), ...middle, ...this.#newer(around, half)].slice(0, limit).toReversed();
  }

  #public(): APIMessage[] {
    return this.#messages.filter((message) => !isEphemeral(message));
  }

  /** A reply that was handed out stays as it was: only the one in here is made anew. */
  #tellReplies(id: string, referenced_message: APIMessage | null): void {
    for (const [index, message] of this.#messages.entries()) {
      if (message.message_reference?.message_id === id) this.#messages[index] = { ...message, referenced_message };
    }
  }

  #older(id: string, limit: number): APIMessage[] {
    return limit === 0
      ? []
      : this.#public()
          .filter((message) => compareSnowflakes(message.id, id) < 0)
          .slice(-limit);
  }

  #newer(id: string, limit: number): APIMessage[] {
    return this.#public()
      .filter((message) => compareSnowflakes(message.id, id) > 0)
      .slice(0, limit);
  }
}
