import { type Command, container } from '@sapphire/framework';
import type { Message } from 'discord.js';

/** The commands that the author of a message may use, by name. */
export async function commandsFor(message: Message): Promise<Command[]> {
  const commands = [...container.stores.get('commands').values()].sort((a, b) => a.name.localeCompare(b.name));
  const allowed = await Promise.all(commands.map((command) => isAllowed(message, command)));
  return commands.filter((_command, index) => allowed[index]);
}

async function isAllowed(message: Message, command: Command): Promise<boolean> {
  try {
    const result = await command.preconditions.messageRun(message, command as never, {});
    return result.isOk();
  } catch (error) {
    container.log.error(
      { err: error, command: command.name },
      'A precondition failed; the command counts as not allowed.',
    );
    return false;
  }
}
