import { Command } from '@sapphire/framework';
import type { Message } from 'discord.js';
import { answer, writtenAt } from '#core';
import { erasureReport } from '../erasureReport.ts';

/** Erases what the asker and the bot said to each other, wherever it is kept. */
export class FlushMemoryCommand extends Command {
  constructor(context: Command.LoaderContext) {
    super(context, { description: 'Makes me forget our conversation.', destructive: true });
  }

  override async messageRun(message: Message): Promise<void> {
    const { id, author } = message;
    const request = { userId: author.id, scope: 'conversations', at: writtenAt(message), key: id } as const;
    const erased = await this.container.conversation.forget(request);
    await answer(message, erasureReport('I forgot our conversation', erased));
  }
}
