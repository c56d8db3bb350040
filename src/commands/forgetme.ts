import { type Args, Command } from '@sapphire/framework';
import type { Message } from 'discord.js';
import { answer, writtenAt } from '#core';
import { asWritten } from '../asWritten.ts';
import { erasureReport } from '../erasureReport.ts';
import { isConfirmed } from '../isConfirmed.ts';

/** Erases everything about the asker that may be erased. */
export class ForgetMeCommand extends Command {
  constructor(context: Command.LoaderContext) {
    super(context, {
      description: 'Makes me forget everything about you.',
      detailedDescription: 'confirm',
      destructive: true,
    });
  }

  override async messageRun(message: Message, args: Args): Promise<void> {
    if (!(await isConfirmed(args))) return answer(message, this.#warning());
    const { id, author } = message;
    const request = { userId: author.id, scope: 'everything', at: writtenAt(message), key: id } as const;
    const erased = await this.container.conversation.forget(request);
    await answer(message, `${erasureReport('I forgot you', erased)}\n${this.#remainder()}`);
  }

  #warning(): string {
    return [
      'This erases everything that I keep about you: your name, our conversation, your limits and statistics, and what the workflow remembers of you. It cannot be undone.',
      this.#remainder(),
      `If you want that, write \`${asWritten(this.name)} confirm\`. \`${asWritten('mydata')}\` shows what I keep.`,
    ].join('\n');
  }

  #remainder(): string {
    const kept = [
      ...this.container.conversation.kept,
      'your id with the moment of your wish, so that nothing comes back',
    ];
    return `What stays: ${kept.join('; ')}; for three days, the ids of your messages, so that none is answered twice.`;
  }
}
