import type { ScheduledTask } from '@sapphire/plugin-scheduled-tasks';
import { CleanupTask } from '#core';

/** Moves expired warnings to the moderation log. */
export class RemoveExpiredWarningsTask extends CleanupTask {
  constructor(context: ScheduledTask.LoaderContext) {
    super(context, { pattern: '21 * * * *', call: 'cleanup_expired_warnings($1)' });
  }
}
