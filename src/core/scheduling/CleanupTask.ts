import { setImmediate as breathe } from 'node:timers/promises';
import { ScheduledTask } from '@sapphire/plugin-scheduled-tasks';
import { rowsRemoved } from '../metrics/rowsRemoved.ts';
import { DatabaseCleanup } from './DatabaseCleanup.ts';

interface CleanupOptions extends ScheduledTask.Options {
  /** The call of a SQL function that removes at most `$1` rows and returns how many it removed. */
  readonly call: string;
}

/** Few enough that nobody waits for the locks, many enough that a large backlog ends within minutes. */
const batch = 1_000;

/** A scheduled task that takes rows out of the database when their time has passed, in batches that each stand for themselves. */
export abstract class CleanupTask extends ScheduledTask {
  readonly #call: string;

  constructor(context: ScheduledTask.LoaderContext, { call, ...options }: CleanupOptions) {
    super(context, options);
    this.#call = call;
  }

  override async run(): Promise<void> {
    const { database, log, metrics, scheduler } = this.container;
    const cleanup = new DatabaseCleanup(database, this.#call);
    const counter = rowsRemoved(metrics);
    let total = 0;
    try {
      for (let removed = batch; removed === batch && !scheduler.stopping.aborted; await breathe()) {
        removed = await cleanup.remove(batch);
        total += removed;
        counter.inc({ task: this.name }, removed);
      }
    } finally {
      if (total > 0) log.info({ task: this.name, rows: total }, 'Rows were removed whose time had passed.');
    }
  }
}
