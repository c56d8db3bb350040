import type { WriteOptions } from '#core';

/** Where a person stands in the sliding window. */
export interface RateLimitState {
  /** Whether this message (or, when only asked for, the next one) may pass. */
  readonly allowed: boolean;
  readonly remaining: number;
  /** When the oldest counted message leaves the window and a place becomes free. */
  readonly resetAt: Date;
  /** Messages counted within the window. */
  readonly current: number;
}

/** Counts messages in a sliding window, each once. */
export interface RateLimitRepository {
  /** Counts one message if there is room for it; `key` names the message, `at` is when it was written. */
  checkAndUpdateLimit(
    discordId: string,
    max: number,
    windowMs: number,
    options?: WriteOptions,
  ): Promise<RateLimitState>;
  /** Looks without counting. */
  getLimit(discordId: string, max: number, windowMs: number): Promise<RateLimitState>;
  resetUserLimit(discordId: string): Promise<void>;
}
