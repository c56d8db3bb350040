import { Precondition } from '@sapphire/framework';
import type { Message } from 'discord.js';
import { wording } from '../wording.ts';

declare module '@sapphire/framework' {
  interface Preconditions {
    WishListRoom: never;
  }
}

/** Lets nobody put more on a list than it holds. */
export class WishListRoomPrecondition extends Precondition {
  override async messageRun({ author }: Message): Precondition.AsyncResult {
    const { wishListEntries, wishListMax } = this.container;
    const { length } = await wishListEntries.list(author.id);
    if (length < wishListMax) return this.ok();
    return this.error({ identifier: 'WishListFull', message: wording.full(wishListMax) });
  }
}
