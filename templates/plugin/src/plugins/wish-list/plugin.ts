import { z } from 'zod';
import { days, definePlugin, integer } from '#core';
import { WishListCommand } from './commands/wishlist.ts';
import { WishListAddCommand } from './commands/wishlistadd.ts';
import { WishListEntry } from './entities/WishListEntry.ts';
import { WishListRoomPrecondition } from './preconditions/WishListRoom.ts';
import { DatabaseWishListRepository } from './repositories/DatabaseWishListRepository.ts';
import { MemoryWishListRepository } from './repositories/MemoryWishListRepository.ts';
import type { KeptEntry, WishListRepository } from './repositories/WishListRepository.ts';
import { RemoveOldWishListEntriesTask } from './scheduled-tasks/removeOldWishListEntries.ts';

declare module '@sapphire/pieces' {
  interface Container {
    readonly wishListEntries: WishListRepository;
    /** Entries that a list holds. */
    readonly wishListMax: number;
  }
}

/** Keeps a small list for each person. */
export const wishList = () =>
  definePlugin({
    name: 'wish-list',
    env: z.object({
      WISH_LIST_MAX: integer(1, 100).default(20).meta({ description: 'Entries that a person may keep in the list.' }),
      WISH_LIST_DAYS: integer(1, 3_650).default(90).meta({ description: 'Days that an entry is kept.' }),
    }),
    // The SQL function that removes old entries reads it.
    settings: (env) => ({ wish_list_entry_days: env.WISH_LIST_DAYS }),
    entities: [WishListEntry],
    // The migration notes the table in `erased_with_user`.
    erasure: 'with the user',
    services: {
      wishListEntries: ({ container: { clock, database }, env }): WishListRepository =>
        database.resilient<WishListRepository, MemoryWishListRepository>({
          name: 'wishListEntries',
          erasedWith: 'everything',
          primary: new DatabaseWishListRepository(database, clock, days(env.WISH_LIST_DAYS)),
          mirror: new MemoryWishListRepository(clock, days(env.WISH_LIST_DAYS)),
          // The position of each method's WriteOptions.
          writes: { add: { options: 3 }, remove: { options: 2 } },
          learn: {
            list: (mirror, [discordId]: [string], entries: KeptEntry[]) => mirror.learn(discordId, entries),
          },
        }),
      wishListMax: ({ env }): number => env.WISH_LIST_MAX,
    },
    commands: { wishlist: WishListCommand, wishlistadd: WishListAddCommand },
    preconditions: { WishListRoom: WishListRoomPrecondition },
    tasks: { removeOldWishListEntries: RemoveOldWishListEntriesTask },
    conversation: {
      exportData: async (userId, { container }) => {
        const entries = await container.wishListEntries.list(userId);
        return { wishList: entries.map(({ text, at }) => ({ text, at })) };
      },
    },
  });
