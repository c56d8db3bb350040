import { type Args, Command, UserError } from '@sapphire/framework';
import type { Message } from 'discord.js';
import { answer } from '#core';
import { asWritten } from '../asWritten.ts';
import { commandForm } from '../commandForm.ts';
import { commandsFor } from '../commandsFor.ts';
import { nearestCommand } from '../nearestCommand.ts';
import { wording } from '../wording.ts';

/** Shows what the asker may use, or how one command is used. */
export class HelpCommand extends Command {
  constructor(context: Command.LoaderContext) {
    super(context, { description: 'Shows what I can do.', detailedDescription: '[command]' });
  }

  override async messageRun(message: Message, args: Args): Promise<void> {
    const asked = await args.pick('string').catch(() => undefined);
    const commands = await commandsFor(message);
    if (asked === undefined) return answer(message, overview(commands));
    const name = asked.toLowerCase().replace(asWritten(''), '');
    const command = commands.find((candidate) => candidate.name === name);
    if (command) return answer(message, line(command));
    const nearest = await nearestCommand(message, name);
    const hint = wording.unknownCommand(asWritten(name), asWritten(nearest));
    throw new UserError({ identifier: 'UnknownCommand', message: hint });
  }
}

const line = (command: Command): string => `\`${commandForm(command)}\` – ${command.description}`;

const overview = (commands: readonly Command[]): string =>
  [
    'Write to me about anything; I answer. And there are commands:',
    ...commands.map((command) => `- ${line(command)}`),
  ].join('\n');
