import type { Command } from '@sapphire/framework';
import type { Message } from 'discord.js';
import { cleanText, writtenAt } from '#core';
import type { CommandNote } from './CommandNotes.ts';

/** What is noted of a command that somebody wrote. */
export const toNote = (message: Message, { name }: Command): CommandNote => ({
  messageId: message.id,
  userId: message.author.id,
  username: cleanText(message.author.username),
  command: name,
  at: writtenAt(message).toISOString(),
});
