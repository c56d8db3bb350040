/** So many times faster than the wall clock everything runs that the bot measures in seconds, minutes and hours. */
export const speed = 20;

// What src/core/time.ts exports, with shorter units: leases, heartbeats, pauses and horizons keep their proportions.
export const seconds = (n: number): number => (n * 1_000) / speed;
export const minutes = (n: number): number => seconds(n * 60);
export const hours = (n: number): number => minutes(n * 60);
export const days = (n: number): number => hours(n * 24);
export const systemClock = { now: (): number => Date.now() };
