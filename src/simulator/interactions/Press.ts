import { randomBytes } from 'node:crypto';
import type { APIMessage, APIUser } from 'discord.js';
import type { Channel } from '../Channel.ts';

/** What is known of a press when it happens. */
export interface PressDetails {
  id: string;
  user: APIUser;
  channel: Channel;
  /** The message as it was when its button was pressed. */
  message: APIMessage;
  customId: string;
  /** How long the bot may take to answer, in milliseconds. */
  patienceMs: number;
}

export type PressState = 'waiting' | 'answered' | 'failed';

const TOKEN_LIFE_MS = 15 * 60_000;

/**
 * One press of a button and what became of it: answered in time, or "This interaction failed". Its token is good for 15
 * minutes: https://discord.com/developers/docs/interactions/receiving-and-responding#followup-messages
 */
export class Press {
  readonly id: string;
  readonly token = randomBytes(32).toString('base64url');
  readonly user: APIUser;
  readonly channel: Channel;
  readonly message: APIMessage;
  readonly customId: string;
  /** Resolves when the bot has answered, or when the time for that is over; never rejects. */
  readonly settled: Promise<'answered' | 'failed'>;
  /** The message that `@original` means: the answer, or the message with the button when that one was changed. */
  originalId: string | undefined;
  /** Every message that may be read and changed with the token. */
  readonly messageIds = new Set<string>();
  readonly #at = Date.now();
  readonly #settle: (state: 'answered' | 'failed') => void;
  readonly #timer: NodeJS.Timeout;
  #state: PressState = 'waiting';

  constructor({ id, user, channel, message, customId, patienceMs }: PressDetails) {
    this.id = id;
    this.user = user;
    this.channel = channel;
    this.message = message;
    this.customId = customId;
    const { promise, resolve } = Promise.withResolvers<'answered' | 'failed'>();
    this.settled = promise;
    this.#settle = resolve;
    this.#timer = setTimeout(() => this.fail(), patienceMs);
  }

  get state(): PressState {
    return this.#state;
  }

  get expired(): boolean {
    return Date.now() - this.#at > TOKEN_LIFE_MS;
  }

  /** The bot has answered, with the message of that id as `@original`. */
  answer(originalId: string): void {
    this.originalId = originalId;
    this.messageIds.add(originalId);
    this.#end('answered');
  }

  /** Nobody has answered in time. */
  fail(): void {
    if (this.#state === 'waiting') this.#end('failed');
  }

  #end(state: 'answered' | 'failed'): void {
    clearTimeout(this.#timer);
    this.#state = state;
    this.#settle(state);
  }
}
