import type { SapphireClient } from '@sapphire/framework';
import { type ScheduledTask, ScheduledTaskEvents } from '@sapphire/plugin-scheduled-tasks';
import { Counter, Histogram, type Registry } from 'prom-client';
import type { Log } from '../log/createLog.ts';
import { durationBuckets } from '../metrics/durationBuckets.ts';
import type { Clock } from '../time.ts';

/** How a task's latest run ended, and when. */
export interface LastRun {
  readonly at: string;
  readonly outcome: 'success' | 'failure';
}

interface Options {
  readonly client: SapphireClient;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Registry;
}

/** Hears of every run of a scheduled task, whichever engine ran it: logs failures, counts, and remembers the latest. */
export class TaskRecorder {
  readonly lastRuns: Record<string, LastRun> = {};
  readonly #options: Options;
  readonly #counter: Counter<'task' | 'outcome'>;
  readonly #duration: Histogram<'task'>;

  constructor(options: Options) {
    this.#options = options;
    this.#counter = new Counter({
      name: 'steward_scheduled_task_runs_total',
      help: 'Runs of scheduled tasks by this instance.',
      labelNames: ['task', 'outcome'],
      registers: [options.metrics],
    });
    this.#duration = new Histogram({
      name: 'steward_scheduled_task_duration_seconds',
      help: 'How long runs of scheduled tasks took that succeeded.',
      labelNames: ['task'],
      buckets: durationBuckets,
      registers: [options.metrics],
    });
  }

  start(): void {
    const { client } = this.#options;
    client.on(ScheduledTaskEvents.ScheduledTaskSuccess, this.#onSuccess);
    client.on(ScheduledTaskEvents.ScheduledTaskError, this.#onError);
    client.on(ScheduledTaskEvents.ScheduledTaskNotFound, this.#onNotFound);
  }

  stop(): void {
    const { client } = this.#options;
    client.off(ScheduledTaskEvents.ScheduledTaskSuccess, this.#onSuccess);
    client.off(ScheduledTaskEvents.ScheduledTaskError, this.#onError);
    client.off(ScheduledTaskEvents.ScheduledTaskNotFound, this.#onNotFound);
  }

  readonly #onSuccess = ({ name }: ScheduledTask, _payload: unknown, _result: unknown, duration: number): void => {
    this.#options.log.debug({ task: name, durationMs: Math.round(duration) }, 'A scheduled task ran.');
    this.#duration.observe({ task: name }, duration / 1_000);
    this.#record(name, 'success');
  };

  readonly #onError = (error: unknown, { name }: ScheduledTask): void => {
    this.#options.log.error({ err: error, task: name }, 'A scheduled task failed; it runs again at its next time.');
    this.#record(name, 'failure');
  };

  readonly #onNotFound = (task: string): void => {
    this.#options.log.warn({ task }, 'Redis has a run of a task that this version does not have; it is left out.');
  };

  #record(task: string, outcome: LastRun['outcome']): void {
    this.lastRuns[task] = { at: new Date(this.#options.clock.now()).toISOString(), outcome };
    this.#counter.inc({ task, outcome });
  }
}
