import type { Message } from 'discord.js';
import leven from 'leven';
import { commandsFor } from './commandsFor.ts';

/** The command, of those that the author may use, whose name is most like a word. */
export async function nearestCommand(message: Message, word: string): Promise<string> {
  // Long words are far from every command; their length must not cost time.
  const written = word.slice(0, 32).toLowerCase();
  const names = (await commandsFor(message)).map(({ name }) => name);
  const [nearest] = names.sort((a, b) => distance(written, a) - distance(written, b));
  return nearest ?? 'help';
}

// Who writes the first half of a name means it, however many letters are missing.
const distance = (written: string, name: string): number =>
  written !== '' && name.startsWith(written) ? 0 : leven(written, name);
