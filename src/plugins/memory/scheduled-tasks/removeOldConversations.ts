import type { ScheduledTask } from '@sapphire/plugin-scheduled-tasks';
import { CleanupTask } from '#core';

/** Takes exchanges away that are older than the retention. */
export class RemoveOldConversationsTask extends CleanupTask {
  constructor(context: ScheduledTask.LoaderContext) {
    super(context, { pattern: '11 * * * *', call: 'cleanup_old_conversations($1)' });
  }
}
