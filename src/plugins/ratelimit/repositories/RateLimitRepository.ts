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

/** A message that was counted: its key, and when it was written in milliseconds since 1970. */
export interface CountedMessage {
  readonly key: string;
  readonly at: number;
}

/** Counts messages in a sliding window, each once; a message that was refused is not counted. */
export interface RateLimitRepository {
  /** Counts one message if there is room for it; `key` names the message, `at` is when it was written. */
  checkAndUpdateLimit(
    discordId: string,
    max: number,
    windowMs: number,
    options?: WriteOptions,
  ): Promise<RateLimitState>;
  /** Counts one message that was let in elsewhere, whether there is room or not. */
  recordMessage(discordId: string, windowMs: number, options?: WriteOptions): Promise<void>;
  /** Looks without counting. */
  getLimit(discordId: string, max: number, windowMs: number): Promise<RateLimitState>;
  /** Takes a person's counts up to a moment away; what comes later from before it passes uncounted while there is room. */
  resetUserLimit(discordId: string, options?: WriteOptions): Promise<void>;
}
