import { Command } from '@sapphire/framework';
import type { Message } from 'discord.js';
import { answer, writtenAt } from '#core';

/** Erases what the asker and the bot said to each other, wherever it is kept. */
export class FlushMemoryCommand extends Command {
  constructor(context: Command.LoaderContext) {
    super(context, { description: 'Makes me forget our conversation.', destructive: true });
  }

  override async messageRun(message: Message): Promise<void> {
    const { conversation, database } = this.container;
    const request = { userId: message.author.id, scope: 'conversations', at: writtenAt(message) } as const;
    const { results, failed } = await conversation.forget(request);
    const counts = Object.values(results).flatMap((counted) => Object.entries(counted));
    const parts = [`I forgot our conversation (${counts.map(([what, n]) => `${what}: ${n}`).join(', ')}).`];
    if (failed.length > 0)
      parts.push(`I could not reach what is kept by ${failed.join(' and ')}: please try again later.`);
    if (database.state === 'degraded')
      parts.push('The database does not answer right now: what it holds of it goes as soon as it is back.');
    await answer(message, parts.join('\n'));
  }
}
