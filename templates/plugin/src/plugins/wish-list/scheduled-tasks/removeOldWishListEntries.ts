import type { ScheduledTask } from '@sapphire/plugin-scheduled-tasks';
import { CleanupTask } from '#core';

/** Takes entries away that are older than the retention. */
export class RemoveOldWishListEntriesTask extends CleanupTask {
  constructor(context: ScheduledTask.LoaderContext) {
    super(context, { pattern: '51 * * * *', call: 'cleanup_wish_list_entries($1)' });
  }
}
