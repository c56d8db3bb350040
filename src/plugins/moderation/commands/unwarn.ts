import { type Args, Command, UserError } from '@sapphire/framework';
import { escapeMarkdown, type Message } from 'discord.js';
import { answer, writtenAt } from '#core';
import { refuseUnlessOutranked } from '../refuseUnlessOutranked.ts';

/** Revokes a warning. */
export class UnwarnCommand extends Command {
  constructor(context: Command.LoaderContext) {
    super(context, {
      description: 'Revokes a warning; it stays on record.',
      detailedDescription: '<id>',
      preconditions: ['DMOnly', 'ModeratorOnly'],
    });
  }

  override async messageRun(message: Message, args: Args): Promise<void> {
    const { database, warnings } = this.container;
    const { author } = message;
    if (args.finished) throw new UserError({ identifier: 'WrongArguments', message: 'Which warning?' });
    // As it stands in lists, or copied with the quotes around it.
    const id = (await args.pick('string')).replaceAll('`', '').toLowerCase();
    const warning = await warnings.findWarning(id);
    const context = { id, mayBeUnheardOf: !database.isOpen(undefined) };
    if (!warning) throw new UserError({ identifier: 'WarningUnknown', context });
    refuseUnlessOutranked(author.id, warning.discordId);

    const { discordId, username } = warning;
    const options = { key: `${message.id}:unwarn`, at: writtenAt(message) };
    const revocation = await warnings.revokeWarning(discordId, id, author.id, options);
    if (revocation !== 'revoked') throw new UserError({ identifier: refusals[revocation], context });
    const { length } = await warnings.getActiveWarnings(discordId);
    const left = length === 0 ? 'no active warnings' : `${length} active ${length === 1 ? 'warning' : 'warnings'}`;
    await answer(message, `I revoked the warning \`${id}\`. ${escapeMarkdown(username || discordId)} has ${left} now.`);
  }
}

const refusals = {
  alreadyRevoked: 'WarningRevoked',
  alreadyExpired: 'WarningExpired',
  unknown: 'WarningUnknown',
} as const;
