import { container } from '@sapphire/framework';
import type { Message } from 'discord.js';
import { eventTime } from './eventTime.ts';

/** When a message was written; the time of everything that follows from it. */
export const writtenAt = (message: Message): Date => eventTime(message.createdTimestamp, container.clock.now());
