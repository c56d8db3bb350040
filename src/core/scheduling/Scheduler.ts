import type { Log } from '../log/createLog.ts';
import { seconds } from '../time.ts';
import { withDeadline } from '../withDeadline.ts';
import type { Engine, EngineState } from './Engine.ts';
import type { LastRun, TaskRecorder } from './TaskRecorder.ts';

/** What `/health` says of scheduled tasks. */
export interface SchedulerState extends EngineState {
  /** By task; only those that this instance ran since its start. */
  readonly lastRuns?: Readonly<Record<string, LastRun>>;
}

/** The scheduled tasks of the bot, whatever makes them run. */
export class Scheduler {
  readonly #engine: Engine;
  readonly #recorder: TaskRecorder;
  readonly #log: Log;
  readonly #stopping = new AbortController();

  constructor(engine: Engine, recorder: TaskRecorder, log: Log) {
    this.#engine = engine;
    this.#recorder = recorder;
    this.#log = log;
  }

  get state(): SchedulerState {
    const { lastRuns } = this.#recorder;
    return { ...this.#engine.state, ...(Object.keys(lastRuns).length === 0 ? {} : { lastRuns }) };
  }

  /** Aborted when the bot stops, so that a long run can end between two steps. */
  get stopping(): AbortSignal {
    return this.#stopping.signal;
  }

  start(): void {
    this.#recorder.start();
    this.#engine.start();
  }

  /** Runs the tasks that are loaded now; settles when runs of those that are no more have ended. */
  async follow(): Promise<void> {
    await this.#engine.follow();
  }

  /** Lets the runs under way end, but not for ever. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    try {
      await withDeadline(this.#engine.stop(), seconds(5));
    } catch (error) {
      this.#log.warn({ err: error }, 'The scheduled tasks did not stop in time.');
    } finally {
      this.#recorder.stop();
    }
  }
}
