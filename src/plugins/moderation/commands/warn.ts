import { type Args, Command, UserError } from '@sapphire/framework';
import { escapeMarkdown, type Message, type User } from 'discord.js';
import { answer, DeadlineError, notify, relativeTime, writtenAt } from '#core';
import { findUser } from '../findUser.ts';
import { inOneLine } from '../inOneLine.ts';
import { readPerson } from '../readPerson.ts';
import { refuseUnlessOutranked } from '../refuseUnlessOutranked.ts';
import { warningId } from '../repositories/warningId.ts';
import { suspendedUntil } from '../WarningRule.ts';

/** So long that it says everything, so short that the warned person and every list can show it. */
const longestReason = 500;

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
    const { database, warnings, warningRule } = this.container;
    const { author } = message;
    const personId = await readPerson(args);
    if (personId === undefined) throw new UserError({ identifier: 'WrongArguments', message: 'Whom?' });
    const reason = args.finished ? 'No reason given' : await args.rest('string');
    const length = [...reason].length;
    if (length > longestReason)
      throw new UserError({ identifier: 'ReasonTooLong', context: { length, longest: longestReason } });
    refuseUnlessOutranked(author.id, personId);
    const person = await findUser(message, personId);

    const options = { key: `${message.id}:warning`, at: writtenAt(message) };
    const id = warningId(options.key);
    const count = await warnings.addWarning(person.id, person.username, reason, author.id, options);
    const active = await warnings.getActiveWarnings(person.id);
    const until = suspendedUntil(active, warningRule);
    const known = `They have ${count} active ${count === 1 ? 'warning' : 'warnings'} now`;
    const lines = [
      `I warned ${escapeMarkdown(person.username)} (warning \`${id}\`): ${inOneLine(reason)}`,
      database.isOpen(person.id) ? `${known}.` : `${known}, as far as I know: the database does not answer.`,
      ...(until ? [`They can chat again ${relativeTime(until)}.`] : []),
      await this.#tell(person, id, reason, message),
    ];
    await answer(message, lines.join('\n'));
  }

  // The warning stands, whatever becomes of this.
  async #tell({ id: personId }: User, id: string, reason: string, message: Message): Promise<string> {
    const { client, log, warningRule } = this.container;
    const end = relativeTime(new Date(writtenAt(message).getTime() + warningRule.expiry));
    const text = [
      `You were warned: ${inOneLine(reason)}`,
      `The warning (\`${id}\`) expires ${end}. \`${client.options.defaultPrefix}warnings\` shows all that count.`,
    ].join('\n');
    try {
      const isTold = await notify(personId, text, message);
      return isTold ? 'I told them.' : 'I could not tell them: they take no direct messages from me.';
    } catch (error) {
      if (!(error instanceof DeadlineError))
        log.warn({ err: error, warning: id }, 'A warned person could not be told.');
      return error instanceof DeadlineError
        ? 'I could not tell them yet: Discord is slow. I go on trying.'
        : 'I could not tell them: Discord does not take the message just now.';
    }
  }
}
