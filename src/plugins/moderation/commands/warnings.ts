import { type Args, Command, UserError } from '@sapphire/framework';
import type { Message } from 'discord.js';
import { answer } from '#core';
import { loadWarnings, maySee } from '../pages/loadWarnings.ts';
import { renderWarnings } from '../pages/renderWarnings.ts';
import { readPerson } from '../readPerson.ts';

/** Shows warnings: everyone their own, moderators everybody's. */
export class WarningsCommand extends Command {
  constructor(context: Command.LoaderContext) {
    super(context, {
      description: 'Shows your active warnings; to moderators, everyone’s or one person’s.',
      detailedDescription: '[<@user> [all]]',
      preconditions: ['DMOnly'],
    });
  }

  override async messageRun(message: Message, args: Args): Promise<void> {
    const asker = message.author.id;
    const named = await readPerson(args);
    const isWhole = !args.finished;
    if (isWhole && (await args.rest('string')).toLowerCase() !== 'all')
      throw new UserError({ identifier: 'WrongArguments', message: 'Behind a name I know `all` only.' });
    const whom = named ?? (this.container.roles.isModerator(asker) ? undefined : asker);
    const view = { asker, whom, isWhole, page: 0 };
    if (!maySee(asker, view)) throw new UserError({ identifier: 'OwnWarningsOnly' });
    await answer(message, renderWarnings(await loadWarnings(view)));
  }
}
