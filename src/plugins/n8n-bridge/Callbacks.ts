import { createHmac, timingSafeEqual } from 'node:crypto';
import { type Clock, deriveKey, hours, type Turn } from '#core';

/** How long an answer may take. */
const validity = hours(24);

const purpose = 'callback tokens';

/** The keys of the tokens: one for each signing secret, the newest first, else one of the bot's own. */
export const callbackKeys = (secrets: readonly Buffer[], ownKey: (purpose: string) => Buffer): readonly Buffer[] =>
  secrets.length > 0 ? secrets.map((secret) => deriveKey(secret, purpose)) : [ownKey(purpose)];

/** The turn that somebody may answer. */
export interface CallbackTurn {
  readonly turnId: string;
  readonly channelId: string;
  readonly userId: string;
}

/**
 * Addresses under which a workflow answers later. Each holds a token for its one turn, which says by itself whose turn
 * it is and until when it is good: whatever instance is asked, before a restart or after it, knows.
 */
export class Callbacks {
  readonly #publicUrl: string;
  readonly #keys: readonly Buffer[];
  readonly #clock: Clock;

  /** The first key makes tokens, each one checks them. */
  constructor(publicUrl: string, keys: readonly Buffer[], clock: Clock) {
    this.#publicUrl = publicUrl;
    this.#keys = keys;
    this.#clock = clock;
  }

  /** Where the answer to a turn goes; the same however often it is asked for. */
  urlOf({ id, channelId, userId, at }: Pick<Turn, 'id' | 'channelId' | 'userId' | 'at'>): string {
    const claim = `${channelId}.${userId}.${Math.floor((at.getTime() + validity) / 1_000)}`;
    const [mac] = this.#macsOf(id, claim);
    return `${this.#publicUrl}/n8n/turns/${id}/reply?token=${claim}.${mac}`;
  }

  /** Whose turn it is, or why the token is not good for it. */
  check(turnId: string, token: unknown): CallbackTurn | 'wrong' | 'expired' {
    const [, claim, channelId, userId, end, mac] = tokenForm.exec(typeof token === 'string' ? token : '') ?? [];
    if (claim === undefined || channelId === undefined || userId === undefined || mac === undefined) return 'wrong';
    const given = Buffer.from(mac);
    const isOurs = this.#macsOf(turnId, claim)
      .map((right) => timingSafeEqual(given, Buffer.from(right)))
      .includes(true);
    if (!isOurs) return 'wrong';
    return this.#clock.now() >= Number(end) * 1_000 ? 'expired' : { turnId, channelId, userId };
  }

  #macsOf(turnId: string, claim: string): string[] {
    return this.#keys.map((key) => createHmac('sha256', key).update(`${turnId}.${claim}`).digest('base64url'));
  }
}

// Compared as text, of one length: base64 has several spellings of some bytes.
const tokenForm = /^((\d{1,20})\.(\d{1,20})\.(\d{1,12}))\.([\w-]{43})$/;
