import { type Args, Command, UserError } from '@sapphire/framework';
import type { Message } from 'discord.js';
import { answer, writtenAt } from '#core';
import { wording } from '../wording.ts';

/** Shows the asker's list, or takes an entry off it. */
export class WishListCommand extends Command {
  constructor(context: Command.LoaderContext) {
    super(context, {
      description: 'Shows your list “wish list”, or takes an entry off it.',
      detailedDescription: '[remove <number>]',
    });
  }

  override async messageRun(message: Message, args: Args): Promise<void> {
    if (!args.finished) return this.#remove(message, args);
    const entries = await this.container.wishListEntries.list(message.author.id);
    const texts = entries.map(({ text }) => text);
    await answer(message, texts.length === 0 ? wording.empty() : wording.entries(texts));
  }

  async #remove(message: Message, args: Args): Promise<void> {
    const { wishListEntries } = this.container;
    const { author, id } = message;
    if ((await args.pick('string')).toLowerCase() !== 'remove') throw wrong(wording.unknownWord());
    const number = await args.pick('integer');
    const entries = await wishListEntries.list(author.id);
    const entry = entries[number - 1];
    if (!entry) throw wrong(wording.unknownNumber(entries.length));
    await wishListEntries.remove(author.id, entry.key, { key: `${id}:wish-list`, at: writtenAt(message) });
    await answer(message, wording.removed(entry.text));
  }
}

const wrong = (message: string): UserError => new UserError({ identifier: 'WrongArguments', message });
