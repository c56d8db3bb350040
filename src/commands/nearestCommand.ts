import type { Message } from 'discord.js';
import leven from 'leven';
import { commandsFor } from './commandsFor.ts';

/** The command, of those that the author may use, whose name is most like a word. */
export async function nearestCommand(message: Message, word: string): Promise<string> {
  // Long words are far from every command; their length must not cost time.
  const written = word.slice(0, 32).toLowerCase();
  const names = (await commandsFor(message)).map(({ name }) => name);
  const [nearest] = names.sort((a, b) => leven(written, a) - leven(written, b));
  return nearest ?? 'help';
}
