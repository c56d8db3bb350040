import { setTimeout as pause } from 'node:timers/promises';
import { DiscordAPIError, HTTPError } from 'discord.js';
import { minutes, seconds } from '../time.ts';

/** As long as a turn that was missed is still answered, so long does Discord get to take an answer. */
const patience = minutes(10);

/**
 * Makes a request of Discord until it is carried out or refused: while Discord cannot be reached, for ten minutes.
 * `lookFor` may find, between two attempts, that it was carried out; it gets the milliseconds that have passed.
 * @throws DiscordAPIError, HTTPError, Error when Discord does not take it
 */
export async function persevere<Result>(
  request: () => Promise<Result>,
  lookFor?: (passed: number) => Promise<Result | undefined>,
): Promise<Result> {
  // Not by the time of day, which may be set.
  const began = performance.now();
  let isFirst = true;
  for (let wait = seconds(1); ; wait = Math.min(wait * 2, seconds(30))) {
    try {
      return await request();
    } catch (error) {
      // Discord answers 401 now and then to a token that is in order.
      const isStray = isFirst && error instanceof DiscordAPIError && error.status === 401;
      isFirst = false;
      if (isStray) continue;
      if (!isPassing(error) || performance.now() + wait - began > patience) throw error;
    }
    await pause(wait);
    const found = await lookFor?.(performance.now() - began);
    if (found !== undefined) return found;
  }
}

/** Whether a request failed that may be carried out later: a network that fails shows as an Error with a system's code, or as a time-out of fetch. */
export function isPassing(error: unknown): boolean {
  if (error instanceof DiscordAPIError) return error.status >= 500;
  if (error instanceof HTTPError) return error.status >= 500;
  const { name, code } = error as { name?: unknown; code?: unknown };
  return name === 'AbortError' || name === 'ConnectTimeoutError' || /^(E[A-Z]+|UND_ERR_)/.test(String(code));
}
