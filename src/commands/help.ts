import { type Args, Command, container, UserError } from '@sapphire/framework';
import type { Message } from 'discord.js';
import { answer } from '#core';
import { commandsFor } from '../commandsFor.ts';

/** Shows what the asker may use, or how one command is used. */
export class HelpCommand extends Command {
  constructor(context: Command.LoaderContext) {
    super(context, { description: 'Shows what I can do.', detailedDescription: '[command]' });
  }

  override async messageRun(message: Message, args: Args): Promise<void> {
    const asked = await args.pick('string').catch(() => undefined);
    const commands = await commandsFor(message);
    if (asked === undefined) return answer(message, overview(commands));
    const name = asked.toLowerCase().replace(prefix(), '');
    const command = commands.find((candidate) => candidate.name === name);
    if (!command)
      throw new UserError({ identifier: 'UnknownCommand', context: { written: asked }, message: unknown() });
    return answer(message, line(command));
  }
}

const prefix = (): string => String(container.client.options.defaultPrefix);

const line = ({ name, description, detailedDescription }: Command): string =>
  `\`${[`${prefix()}${name}`, String(detailedDescription)].filter(Boolean).join(' ')}\` – ${description}`;

const overview = (commands: readonly Command[]): string =>
  [
    'Write to me about anything; I answer. And there are commands:',
    ...commands.map((command) => `- ${line(command)}`),
  ].join('\n');

const unknown = (): string => `There is no such command. Write \`${prefix()}help\` to see them all.`;
