import type { ScheduledTask } from '@sapphire/plugin-scheduled-tasks';
import { Cron } from 'croner';

/**
 * When a task is due, by its `pattern` or its `interval`, in milliseconds since 1970. Intervals are counted from 1970
 * on, as BullMQ does, so that all instances mean the same moments.
 */
export class Schedule {
  readonly #every: number;
  readonly #cron: Cron | undefined;

  /** @throws TypeError or RangeError for a pattern that cannot be read */
  constructor({ interval, pattern, timezone }: Pick<ScheduledTask, 'interval' | 'pattern' | 'timezone'>) {
    this.#every = interval ?? 0;
    if (!interval) this.#cron = new Cron(pattern ?? '', { timezone, paused: true });
  }

  /** The latest occurrence up to a moment, itself included; undefined before the first one. */
  latest(moment: number): number | undefined {
    if (!this.#cron) return Math.floor(moment / this.#every) * this.#every;
    return this.#cron.previousRuns(1, new Date(moment + 1))[0]?.getTime();
  }

  /** The first occurrence after a moment; undefined after the last one. */
  next(moment: number): number | undefined {
    if (!this.#cron) return (Math.floor(moment / this.#every) + 1) * this.#every;
    return this.#cron.nextRun(new Date(moment))?.getTime();
  }
}
