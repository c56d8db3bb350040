import { minutes } from '../time.ts';

/** How far Discord's clock and this machine's may be apart before Discord's is not believed. */
const tolerance = minutes(15);

/**
 * When a message was written: the time in its id, one clock for all instances and over an outage
 * (https://discord.com/developers/docs/reference#snowflakes). A time that cannot be right is replaced by now.
 */
export function eventTime(createdTimestamp: number, now: number): Date {
  return new Date(Math.abs(createdTimestamp - now) <= tolerance ? createdTimestamp : now);
}
