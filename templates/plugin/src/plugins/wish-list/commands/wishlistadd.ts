import { type Args, Command, UserError } from '@sapphire/framework';
import type { Message } from 'discord.js';
import { answer, writtenAt } from '#core';
import { wording } from '../wording.ts';

/** Characters that an entry may have. */
const longest = 200;

/** Puts an entry on the asker's list. */
export class WishListAddCommand extends Command {
  constructor(context: Command.LoaderContext) {
    super(context, {
      description: 'Puts an entry on your list “wish list”.',
      detailedDescription: '<text>',
      preconditions: ['WishListRoom'],
      // The text is kept as it is written.
      quotes: [],
    });
  }

  override async messageRun(message: Message, args: Args): Promise<void> {
    const { wishListEntries, wishListMax } = this.container;
    const { author, id } = message;
    const text = (await args.rest('string')).replaceAll(/\s+/g, ' ');
    if (text.length > longest) throw new UserError({ identifier: 'WrongArguments', message: wording.tooLong(longest) });
    // The key names the write: whatever is tried twice counts once.
    const options = { key: `${id}:wish-list`, at: writtenAt(message) };
    await wishListEntries.add(author.id, author.username, text, options);
    const { length } = await wishListEntries.list(author.id);
    await answer(message, wording.added(length, wishListMax));
  }
}
