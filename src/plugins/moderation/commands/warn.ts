import { type Args, Command, UserError } from '@sapphire/framework';
import { escapeMarkdown, type Message } from 'discord.js';
import { answer, relativeTime, writtenAt } from '#core';
import { inOneLine } from '../inOneLine.ts';
import { readPerson } from '../readPerson.ts';

/** What the moderator reads about whether the person heard of it. */
const tidings = {
  told: 'I told them.',
  unreachable: 'I could not tell them: they take no direct messages from me.',
  pending: 'I could not tell them yet: Discord is slow. I go on trying.',
  failed: 'I could not tell them: Discord does not take the message just now.',
} as const;

/** Warns somebody, and tells them. */
export class WarnCommand extends Command {
  constructor(context: Command.LoaderContext) {
    super(context, {
      description: 'Warns somebody; I tell them.',
      detailedDescription: '<@user> [reason]',
      preconditions: ['DMOnly', 'ModeratorOnly'],
      // The reason is kept as it is written.
      quotes: [],
    });
  }

  override async messageRun(message: Message, args: Args): Promise<void> {
    const { database, warner } = this.container;
    const personId = await readPerson(args);
    if (personId === undefined) throw new UserError({ identifier: 'WrongArguments', message: 'Whom?' });
    const reason = args.finished ? 'No reason given' : await args.rest('string');
    const { id, username, count, until, told } = await warner.warn({
      because: message,
      at: writtenAt(message),
      personId,
      username: message.mentions.users.get(personId)?.username,
      reason,
      issuedBy: message.author.id,
    });
    const known = `They have ${count} active ${count === 1 ? 'warning' : 'warnings'} now`;
    const lines = [
      `I warned ${escapeMarkdown(username)} (warning \`${id}\`): ${inOneLine(reason)}`,
      database.isOpen(personId) ? `${known}.` : `${known}, as far as I know: the database does not answer.`,
      ...(until ? [`They can chat again ${relativeTime(until)}.`] : []),
      tidings[await told],
    ];
    await answer(message, lines.join('\n'));
  }
}
