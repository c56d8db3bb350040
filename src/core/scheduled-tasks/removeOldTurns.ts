import type { ScheduledTask } from '@sapphire/plugin-scheduled-tasks';
import { CleanupTask } from '../scheduling/CleanupTask.ts';

/** Takes finished turns out of the ledger that nobody can deliver again any more. */
export class RemoveOldTurnsTask extends CleanupTask {
  constructor(context: ScheduledTask.LoaderContext) {
    super(context, { pattern: '41 * * * *', call: "cleanup_old_turns(interval '3 days', $1)" });
  }
}
