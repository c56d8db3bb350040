import type { REST } from 'discord.js';

/** Whether requests that nobody misses may be made: answers come first, the first half of each second's requests is spare. */
export function hasSpareBudget(rest: REST): boolean {
  const isNewSecond = Date.now() >= rest.globalReset;
  return isNewSecond || rest.globalRemaining > rest.options.globalRequestsPerSecond / 2;
}
