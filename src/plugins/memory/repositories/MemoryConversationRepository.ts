import type { Clock, Exchange, WriteOptions } from '#core';
import type { ConversationRepository } from './ConversationRepository.ts';

type KeptExchange = Exchange & { readonly key: string | undefined };

/** How many people are remembered at once; who was silent longest makes room. */
const capacity = 10_000;

/** Conversations while the database is away. */
export class MemoryConversationRepository implements ConversationRepository {
  readonly #clock: Clock;
  readonly #retention: number;
  readonly #limit: number;
  readonly #exchanges = new Map<string, KeptExchange[]>();
  readonly #flushedBefore = new Map<string, number>();
  #allFlushedBefore = Number.NEGATIVE_INFINITY;

  /** Keeps at most `limit` exchanges of each person, none older than `retention` milliseconds. */
  constructor(clock: Clock, { retention, limit }: { retention: number; limit: number }) {
    this.#clock = clock;
    this.#retention = retention;
    this.#limit = limit;
  }

  async saveMessage(
    discordId: string,
    _username: string,
    userMessage: string,
    aiResponse: string,
    options: WriteOptions = {},
  ): Promise<void> {
    const timestamp = options.at ?? new Date(this.#clock.now());
    const kept = this.#exchanges.get(discordId) ?? [];
    if (timestamp.getTime() <= this.#erasedBefore(discordId)) return;
    if (options.key !== undefined && kept.some(({ key }) => key === options.key)) return;
    kept.push({ userMessage, aiResponse, timestamp, key: options.key });
    kept.sort((a, b) => a.timestamp.getTime() - b.timestamp.getTime());
    this.#exchanges.delete(discordId);
    this.#exchanges.set(discordId, newest(kept, this.#limit));
    const [longestSilent] = this.#exchanges.keys();
    if (this.#exchanges.size > capacity && longestSilent !== undefined) this.#exchanges.delete(longestSilent);
  }

  async getRecentMessages(discordId: string, limit: number): Promise<Exchange[]> {
    const since = this.#clock.now() - this.#retention;
    const recent = (this.#exchanges.get(discordId) ?? []).filter(({ timestamp }) => timestamp.getTime() > since);
    return newest(recent, limit).map(({ key: _key, ...exchange }) => exchange);
  }

  async flushUserConversations(discordId: string, { at }: Pick<WriteOptions, 'at'> = {}): Promise<number> {
    const moment = at?.getTime() ?? this.#clock.now();
    this.#flushedBefore.set(discordId, Math.max(moment, this.#erasedBefore(discordId)));
    return this.#erase(discordId, moment);
  }

  async flushAllConversations({ at }: Pick<WriteOptions, 'at'> = {}): Promise<number> {
    const moment = at?.getTime() ?? this.#clock.now();
    this.#allFlushedBefore = Math.max(moment, this.#allFlushedBefore);
    return [...this.#exchanges.keys()].reduce((sum, discordId) => sum + this.#erase(discordId, moment), 0);
  }

  #erase(discordId: string, moment: number): number {
    const kept = this.#exchanges.get(discordId) ?? [];
    const left = kept.filter(({ timestamp }) => timestamp.getTime() > moment);
    if (left.length === 0) this.#exchanges.delete(discordId);
    else this.#exchanges.set(discordId, left);
    return kept.length - left.length;
  }

  #erasedBefore(discordId: string): number {
    return Math.max(this.#flushedBefore.get(discordId) ?? Number.NEGATIVE_INFINITY, this.#allFlushedBefore);
  }
}

// Not slice(-limit), which for 0 gives all.
const newest = <T>(list: readonly T[], limit: number): T[] => (limit <= 0 ? [] : list.slice(-limit));
