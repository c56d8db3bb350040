import type { Message, MessageCreateOptions } from 'discord.js';
import { carries } from './deliver.ts';

/** How many parts of an answer stand in the channel already, see `answerIn`. */
export function countSaid(parts: readonly MessageCreateOptions[], answered: readonly Message[]): number {
  let said = 0;
  for (const message of answered) {
    const next = parts[said];
    if (next && carries(message, next)) said += 1;
  }
  return said;
}
