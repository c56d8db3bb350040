import { BoundedMap, type Clock, ErasureMoments, type Exchange, type Mirror, type WriteOptions } from '#core';
import { type ConversationRepository, type KeyedExchange, withoutKey } from './ConversationRepository.ts';
import { type MirroredExchange, mergeExchanges, withExchange } from './MirroredExchange.ts';

/** What a MemoryConversationRepository keeps at most. */
export interface ConversationBounds {
  /** Milliseconds. */
  readonly retention: number;
  /** Exchanges of one person. */
  readonly limit: number;
  /** Bytes of everyone's exchanges; one person may take an eighth of them. By default 16 MiB. */
  readonly maxBytes?: number;
}

/** Conversations in memory: a mirror of the database, which stands in for it while it is away. */
export class MemoryConversationRepository implements ConversationRepository, Mirror {
  readonly #clock: Clock;
  readonly #bounds: Required<ConversationBounds>;
  readonly #exchanges: BoundedMap<readonly MirroredExchange[]>;
  readonly #erased: ErasureMoments;

  constructor(clock: Clock, { retention, limit, maxBytes = 16 * 2 ** 20 }: ConversationBounds) {
    this.#clock = clock;
    this.#bounds = { retention, limit, maxBytes };
    this.#exchanges = new BoundedMap<readonly MirroredExchange[]>({ clock, maxBytes, maxAge: retention, sizeOf });
    this.#erased = new ErasureMoments(clock, retention);
  }

  async saveMessage(
    discordId: string,
    _username: string,
    userMessage: string,
    aiResponse: string,
    { key, at }: WriteOptions = {},
  ): Promise<void> {
    const timestamp = at ?? new Date(this.#clock.now());
    const known = this.#exchanges.get(discordId) ?? [];
    if (key !== undefined && known.some((exchange) => exchange.key === key)) return;
    this.#keep(discordId, withExchange(known, { userMessage, aiResponse, timestamp, key, isStored: false }));
  }

  async getRecentMessages(discordId: string, limit: number): Promise<Exchange[]> {
    const recent = (this.#exchanges.get(discordId) ?? []).filter((exchange) => this.#isYoung(exchange));
    return newest(recent, limit).map(withoutKey);
  }

  async flushUserConversations(discordId: string, { at }: WriteOptions = {}): Promise<number> {
    return this.#erase(discordId, at?.getTime() ?? this.#clock.now());
  }

  async flushAllConversations({ at }: WriteOptions = {}): Promise<number> {
    return this.#erase(undefined, at?.getTime() ?? this.#clock.now());
  }

  /** Takes over what the database knows of a person: the newest exchanges, at most `limit`, oldest first. */
  learn(discordId: string, exchanges: readonly KeyedExchange[], limit = Number.POSITIVE_INFINITY): void {
    this.#keep(discordId, mergeExchanges(this.#exchanges.get(discordId) ?? [], exchanges, limit));
  }

  evict(person: string): void {
    this.#exchanges.delete(person);
  }

  forget(person: string | undefined, before: Date): void {
    this.#erase(person, before.getTime());
  }

  clear(): void {
    this.#exchanges.clear();
  }

  #erase(person: string | undefined, moment: number): number {
    this.#erased.raise(person, moment);
    let erased = 0;
    const spare = (exchanges: readonly MirroredExchange[]): readonly MirroredExchange[] | undefined => {
      const spared = exchanges.filter(({ timestamp }) => timestamp.getTime() > moment);
      erased += exchanges.length - spared.length;
      if (spared.length === exchanges.length) return exchanges;
      return spared.length === 0 ? undefined : spared;
    };
    if (person === undefined) this.#exchanges.replaceAll(spare);
    else this.#keep(person, spare(this.#exchanges.get(person) ?? []) ?? []);
    return erased;
  }

  /** Keeps a person's exchanges, oldest first; what goes, for whatever reason, are the first of them. */
  #keep(discordId: string, exchanges: readonly MirroredExchange[]): void {
    const { limit, maxBytes } = this.#bounds;
    const first = exchanges.findIndex((exchange) => this.#isYoung(exchange) && !this.#isErased(discordId, exchange));
    let kept = first < 0 ? [] : newest(exchanges, Math.min(limit, exchanges.length - first));
    // So that one person with very long answers does not take the room of many.
    while (sizeOf(kept) > maxBytes / 8) kept = kept.slice(1);
    if (kept.length === 0) this.#exchanges.delete(discordId);
    else this.#exchanges.set(discordId, kept);
  }

  #isYoung({ timestamp }: Exchange): boolean {
    return timestamp.getTime() > this.#clock.now() - this.#bounds.retention;
  }

  #isErased(discordId: string, { timestamp }: Exchange): boolean {
    return this.#erased.covers(discordId, timestamp.getTime());
  }
}

// Two bytes a character at most, and what V8 needs besides.
const sizeOf = (exchanges: readonly KeyedExchange[]): number =>
  exchanges.reduce((sum, { userMessage, aiResponse }) => sum + 2 * (userMessage.length + aiResponse.length) + 256, 256);

// Not slice(-limit), which for 0 gives all.
const newest = <T>(list: readonly T[], limit: number): T[] => (limit <= 0 ? [] : list.slice(-limit));
