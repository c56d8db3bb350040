import { Command } from '@sapphire/framework';
import type { Message } from 'discord.js';
import { answer } from '#core';
import { dataFile } from '../dataFile.ts';
import { toJson } from '../toJson.ts';

/** Shows the asker everything that is stored about them. */
export class MyDataCommand extends Command {
  constructor(context: Command.LoaderContext) {
    super(context, { description: 'Sends you everything that I keep about you, as a file.' });
  }

  override async messageRun(message: Message): Promise<void> {
    const { clock, conversation, database } = this.container;
    const { id } = message.author;
    const wasOpen = database.isOpen(id);
    const { results, failed } = await conversation.exportData(id);
    const isFromMemory = !wasOpen || !database.isOpen(id);
    const data = {
      exportedAt: new Date(clock.now()),
      isComplete: !isFromMemory && failed.length === 0,
      notReached: failed,
      ...Object.assign({}, ...Object.values(results)),
    };
    const file = await dataFile('mydata', toJson(data));
    const lines = [
      isFromMemory
        ? 'The database does not answer right now: this is only what I remember myself, not everything.'
        : 'This is everything that I keep about you.',
    ];
    if (failed.length > 0)
      lines.push(`I could not reach what is kept by ${failed.join(' and ')}: please try again later.`);
    if (!file) lines.push('It does not fit into a file on Discord, even packed: please ask those who run me for it.');
    await answer(message, { content: lines.join('\n'), ...(file ? { files: [file] } : {}) });
  }
}
