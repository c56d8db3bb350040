import { setTimeout as pause } from 'node:timers/promises';
import { container, type SapphireClient } from '@sapphire/framework';
import type { ScheduledTask } from '@sapphire/plugin-scheduled-tasks';
import type { Database } from '../database/Database.ts';
import type { Log } from '../log/createLog.ts';
import { type Clock, hours, seconds } from '../time.ts';
import type { Engine, EngineState } from './Engine.ts';
import { runTask } from './runTask.ts';
import { Schedule } from './Schedule.ts';
import { TaskRuns } from './TaskRuns.ts';

interface Options {
  readonly client: SapphireClient;
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Log;
  /** Milliseconds after the start until tasks run whose time passed while the bot was off. */
  readonly soon: number;
  /** Milliseconds until it is tried again when the database is away. */
  readonly retry?: number;
}

/**
 * Runs the tasks by this process's own timers. The database decides which instance runs an occurrence; while it is
 * away nothing runs, and what was missed runs once when it is back.
 */
export class InProcessEngine implements Engine {
  readonly state: EngineState = { engine: 'in-process', state: 'running' };
  readonly #options: Options;
  readonly #runs: TaskRuns;
  readonly #stopping = new AbortController();
  readonly #loops: Promise<void>[] = [];
  /** Tasks whose waiting the log was told. */
  readonly #waiting = new Set<string>();

  constructor(options: Options) {
    this.#options = options;
    this.#runs = new TaskRuns(options.database);
  }

  start(): void {
    for (const task of container.stores.get('scheduled-tasks').repeatedTasks) {
      const failed = (error: unknown): void =>
        this.#options.log.error({ err: error, task: task.name }, 'A scheduled task has no schedule and does not run.');
      this.#loops.push(this.#follow(task).catch(failed));
    }
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#loops);
  }

  // One run after the other, so that the runs of one task never overlap; what is missed meanwhile is one run.
  async #follow(task: ScheduledTask): Promise<void> {
    const { client, clock, soon, retry = seconds(5) } = this.#options;
    const schedule = new Schedule(task);
    let done = Number.NEGATIVE_INFINITY;
    await this.#pause(soon);
    while (!this.#stopping.signal.aborted) {
      const now = clock.now();
      const due = schedule.latest(now) ?? done;
      if (due > done) {
        const claimed = await this.#claim(task.name, due);
        if (claimed) await runTask(client, task);
        if (claimed !== undefined) done = due;
        else await this.#pause(retry);
      } else {
        // Not for too long: the clock may be set, and a timer holds 24 days at most.
        await this.#pause(Math.min((schedule.next(now) ?? Number.POSITIVE_INFINITY) - now, hours(1)));
      }
    }
  }

  /** Undefined when the database cannot say. */
  async #claim(task: string, due: number): Promise<boolean | undefined> {
    const { database, log } = this.#options;
    if (database.state === 'degraded') return undefined;
    try {
      const claimed = await this.#runs.claim(task, due);
      this.#waiting.delete(task);
      return claimed;
    } catch (error) {
      log[this.#waiting.has(task) ? 'debug' : 'warn']({ err: error, task }, 'A scheduled task waits for the database.');
      this.#waiting.add(task);
      return undefined;
    }
  }

  async #pause(milliseconds: number): Promise<void> {
    const { signal } = this.#stopping;
    // A timer may fire a moment early: without a least pause the loop would spin until the time has come.
    await pause(Math.max(milliseconds, 5), undefined, { signal }).catch(() => undefined);
  }
}
