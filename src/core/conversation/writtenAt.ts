import { container } from '@sapphire/framework';
import type { Message } from 'discord.js';
import { eventTime } from './eventTime.ts';

/** When a message was written; the time of everything that follows from it. */
export function writtenAt(message: Message): Date {
  const { clock, intake } = container;
  const now = clock.now();
  // What is read late is old by right.
  if (intake?.isLate(message)) return new Date(Math.min(message.createdTimestamp, now));
  return eventTime(message.createdTimestamp, now);
}
