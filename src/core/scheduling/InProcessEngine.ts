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

/** One task's runs. */
interface Loop {
  readonly stop: AbortController;
  readonly ended: Promise<void>;
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
  readonly #loops = new Map<ScheduledTask, Loop>();
  /** What has still to end, of tasks that are no more too. */
  readonly #ending = new Set<Promise<void>>();
  #isStarted = false;
  /** Tasks whose waiting the log was told. */
  readonly #waiting = new Set<string>();

  constructor(options: Options) {
    this.#options = options;
    this.#runs = new TaskRuns(options.database);
  }

  start(): void {
    this.#isStarted = true;
    void this.follow();
  }

  async follow(): Promise<void> {
    if (!this.#isStarted || this.#stopping.signal.aborted) return;
    const tasks = new Set(container.stores.get('scheduled-tasks').repeatedTasks);
    const gone = [...this.#loops].filter(([task]) => !tasks.has(task));
    for (const [task, { stop }] of gone) {
      stop.abort();
      this.#loops.delete(task);
    }
    for (const task of tasks) if (!this.#loops.has(task)) this.#begin(task);
    await Promise.all(gone.map(([, { ended }]) => ended));
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#ending);
  }

  #begin(task: ScheduledTask): void {
    const stop = new AbortController();
    const failed = (error: unknown): void =>
      this.#options.log.error({ err: error, task: task.name }, 'A scheduled task has no schedule and does not run.');
    const ended = this.#follow(task, AbortSignal.any([stop.signal, this.#stopping.signal])).catch(failed);
    this.#loops.set(task, { stop, ended });
    this.#ending.add(ended);
    void ended.finally(() => this.#ending.delete(ended));
  }

  // One run after the other, so that the runs of one task never overlap; what is missed meanwhile is one run.
  async #follow(task: ScheduledTask, stopping: AbortSignal): Promise<void> {
    const { client, clock, soon, retry = seconds(5) } = this.#options;
    const schedule = new Schedule(task);
    let done = Number.NEGATIVE_INFINITY;
    await waitFor(soon, stopping);
    while (!stopping.aborted) {
      const now = clock.now();
      const due = schedule.latest(now) ?? done;
      if (due > done) {
        const claimed = await this.#claim(task.name, due);
        if (claimed) await runTask(client, task);
        if (claimed !== undefined) done = due;
        else await waitFor(retry, stopping);
      } else {
        // Not for too long: the clock may be set, and a timer holds 24 days at most.
        await waitFor(Math.min((schedule.next(now) ?? Number.POSITIVE_INFINITY) - now, hours(1)), stopping);
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
}

async function waitFor(milliseconds: number, signal: AbortSignal): Promise<void> {
  // A timer may fire a moment early: without a least pause the loop would spin until the time has come.
  await pause(Math.max(milliseconds, 5), undefined, { signal }).catch(() => undefined);
}
