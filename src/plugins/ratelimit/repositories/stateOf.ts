import type { RateLimitState } from './RateLimitRepository.ts';

/** What a count means: `oldest` is the first counted message's time in milliseconds, `now` stands in when there is none. */
export function stateOf(
  count: { current: number; oldest: number | undefined; now: number },
  max: number,
  windowMs: number,
): RateLimitState {
  const remaining = Math.max(0, max - count.current);
  const resetAt = new Date(count.oldest === undefined ? count.now : count.oldest + windowMs);
  return { allowed: remaining > 0, remaining, resetAt, current: count.current };
}
