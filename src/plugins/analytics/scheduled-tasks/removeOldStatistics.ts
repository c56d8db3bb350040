import type { ScheduledTask } from '@sapphire/plugin-scheduled-tasks';
import { CleanupTask } from '#core';

/** Takes statistics away that are older than the retention. */
export class RemoveOldStatisticsTask extends CleanupTask {
  constructor(context: ScheduledTask.LoaderContext) {
    super(context, { pattern: '31 * * * *', call: 'cleanup_old_analytics($1)' });
  }
}
