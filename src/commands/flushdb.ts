import { type Args, Command } from '@sapphire/framework';
import type { Message } from 'discord.js';
import { answer, writtenAt } from '#core';
import { asWritten } from '../asWritten.ts';
import { erasureReport, inBrackets } from '../erasureReport.ts';
import { isConfirmed } from '../isConfirmed.ts';

/** Erases what everybody said and did; users and warnings stay. */
export class FlushDbCommand extends Command {
  constructor(context: Command.LoaderContext) {
    super(context, {
      description: "Deletes everyone's conversations, limits and statistics.",
      detailedDescription: 'confirm',
      preconditions: ['AdminOnly'],
      destructive: true,
    });
  }

  override async messageRun(message: Message, args: Args): Promise<void> {
    if (!(await isConfirmed(args))) return answer(message, await this.#warning());
    const request = { userId: undefined, scope: 'everything', at: writtenAt(message), key: message.id } as const;
    const erased = await this.container.conversation.forget(request);
    const done = 'I deleted all conversations, rate limits, statistics and memory of the workflow';
    await answer(message, `${erasureReport(done, erased)}\nUsers and warnings stay.`);
  }

  async #warning(): Promise<string> {
    const counts = await this.container.database.erasures.countEveryone();
    return [
      `This deletes all conversations, rate limits, statistics and memory of the workflow, of everyone${inBrackets(counts ?? {})}. Users and warnings stay. It cannot be undone.`,
      ...(counts ? [] : ['How much that is I cannot tell: the database does not answer right now.']),
      `If you want that, write \`${asWritten(this.name)} confirm\`.`,
    ].join('\n');
  }
}
