import type { REST } from 'discord.js';

/**
 * Lets discord.js count its second of requests by a clock that nobody sets: it notes the second's end as a time of day,
 * and with the machine's clock set back by an hour it would send nothing for an hour.
 */
export function keepTime(rest: REST): void {
  /** By the monotonic clock. */
  let end = Number.NEGATIVE_INFINITY;
  Object.defineProperty(rest, 'globalReset', {
    get: () => Date.now() + (end - performance.now()),
    set: (timeOfDay: number) => {
      end = performance.now() + (timeOfDay - Date.now());
    },
  });
}
