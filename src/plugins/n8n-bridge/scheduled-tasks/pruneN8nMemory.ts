import type { ScheduledTask } from '@sapphire/plugin-scheduled-tasks';
import { CleanupTask } from '#core';

/** SQLSTATE insufficient_privilege: https://www.postgresql.org/docs/current/errcodes-appendix.html */
const forbidden = '42501';

/** Takes sessions out of n8n's memory whose people have been silent for the retention, or since they were erased. */
export class PruneN8nMemoryTask extends CleanupTask {
  #isToldOf = false;

  constructor(context: ScheduledTask.LoaderContext) {
    // Each batch reads the whole table, whose rows nobody else locks.
    super(context, { pattern: '51 * * * *', call: 'prune_n8n_memory($1)', batch: 10_000 });
  }

  override async run(): Promise<void> {
    try {
      await super.run();
      this.#isToldOf = false;
    } catch (error) {
      if ((error as { code?: unknown }).code !== forbidden) throw error;
      if (this.#isToldOf) return;
      this.#isToldOf = true;
      this.container.log.warn(
        { err: error, task: this.name },
        "n8n's memory is not cleaned up, because the bot's login may not: GRANT SELECT, DELETE ON n8n_chat_histories TO it (DB_USER), as the table's owner; see docs/N8N.md.",
      );
    }
  }
}
