import { setImmediate as breathe } from 'node:timers/promises';
import { ScheduledTask } from '@sapphire/plugin-scheduled-tasks';
import { rowsRemoved } from '../metrics/rowsRemoved.ts';
import { DatabaseCleanup } from './DatabaseCleanup.ts';

interface CleanupOptions extends ScheduledTask.Options {
  /** The call of a SQL function that removes `$1` rows, fewer when there are no more, and returns how many it removed. */
  readonly call: string;
  /** Rows at a time: few enough that nobody waits for the locks, many enough that a large backlog ends within minutes. */
  readonly batch?: number;
}

/** A scheduled task that takes rows out of the database when their time has passed, in batches that each stand for themselves. */
export abstract class CleanupTask extends ScheduledTask {
  readonly #call: string;
  readonly #batch: number;

  constructor(context: ScheduledTask.LoaderContext, { call, batch = 1_000, ...options }: CleanupOptions) {
    super(context, options);
    this.#call = call;
    this.#batch = batch;
  }

  override async run(): Promise<void> {
    const { database, log, metrics, scheduler } = this.container;
    const cleanup = new DatabaseCleanup(database, this.#call);
    const counter = rowsRemoved(metrics);
    let total = 0;
    try {
      for (let removed = this.#batch; removed >= this.#batch && !scheduler.stopping.aborted; await breathe()) {
        removed = await cleanup.remove(this.#batch);
        total += removed;
        counter.inc({ task: this.name }, removed);
      }
    } finally {
      if (total > 0) log.info({ task: this.name, rows: total }, 'Rows were removed whose time had passed.');
    }
  }
}
