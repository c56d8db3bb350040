import { randomUUID } from 'node:crypto';
import type { Clock, WriteOptions } from '#core';
import type { RateLimitRepository, RateLimitState } from './RateLimitRepository.ts';
import { stateOf } from './stateOf.ts';

type Count = { key: string; at: number };

/** Rate limits while the database is away; a count is dropped some time after its window is over. */
export class MemoryRateLimitRepository implements RateLimitRepository {
  readonly #clock: Clock;
  readonly #counts = new Map<string, Count[]>();
  #nextSweep = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async checkAndUpdateLimit(
    discordId: string,
    max: number,
    windowMs: number,
    options: WriteOptions = {},
  ): Promise<RateLimitState> {
    const at = options.at?.getTime() ?? this.#clock.now();
    const key = options.key ?? randomUUID();
    // A window longer than it counts, for messages that come late.
    const kept = this.#since(discordId, at - 2 * windowMs);
    const counts = kept.filter((count) => Math.abs(count.at - at) < windowMs);
    const isKnown = kept.some((count) => count.key === key);
    const allowed = isKnown || counts.length < max;
    if (allowed && !isKnown) {
      kept.push({ key, at });
      counts.push({ key, at });
    }
    this.#counts.set(discordId, kept);
    this.#sweep(windowMs);
    return { ...this.#state(counts, at, max, windowMs), allowed };
  }

  async getLimit(discordId: string, max: number, windowMs: number): Promise<RateLimitState> {
    const now = this.#clock.now();
    return this.#state(this.#since(discordId, now - windowMs), now, max, windowMs);
  }

  async resetUserLimit(discordId: string): Promise<void> {
    this.#counts.delete(discordId);
  }

  #since(discordId: string, since: number): Count[] {
    return (this.#counts.get(discordId) ?? []).filter(({ at }) => at > since);
  }

  #state(counts: readonly Count[], now: number, max: number, windowMs: number): RateLimitState {
    const oldest = counts.length === 0 ? undefined : Math.min(...counts.map(({ at }) => at));
    return stateOf({ current: counts.length, oldest, now }, max, windowMs);
  }

  // Once a window, so that people who left do not stay in memory.
  #sweep(windowMs: number): void {
    const now = this.#clock.now();
    if (now < this.#nextSweep) return;
    this.#nextSweep = now + windowMs;
    for (const discordId of this.#counts.keys()) {
      if (this.#since(discordId, now - 2 * windowMs).length === 0) this.#counts.delete(discordId);
    }
  }
}
