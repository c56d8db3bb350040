import { container } from '@sapphire/framework';
import type {
  ScheduledTask,
  ScheduledTaskHandler,
  ScheduledTaskListRepeatedReturnType,
} from '@sapphire/plugin-scheduled-tasks';
import type { Clock } from '../time.ts';
import { Schedule } from './Schedule.ts';

type Repeated = ScheduledTaskListRepeatedReturnType[number];

/** The bot's scheduled tasks as Redis keeps them: put there, put there again when Redis lost them, taken away when they are no more. */
export class RepeatedTasks {
  readonly #handler: ScheduledTaskHandler;
  readonly #clock: Clock;
  readonly #soon: number;
  #isClean = false;
  /** What is being done; a call while Redis is away is done when it is back. */
  #busy: Promise<void> | undefined;
  #again = false;

  constructor(handler: ScheduledTaskHandler, options: { clock: Clock; soon: number }) {
    this.#handler = handler;
    this.#clock = options.clock;
    this.#soon = options.soon;
  }

  /** Puts the tasks into Redis; what is there already stays as it is. Asked while it is under way, it is done once more. */
  async restore(which: 'all' | 'where missing'): Promise<void> {
    if (this.#busy !== undefined) {
      this.#again ||= which === 'all';
      return;
    }
    this.#busy = this.#restore(which);
    try {
      await this.#busy;
    } finally {
      this.#busy = undefined;
    }
    if (!this.#again) return;
    this.#again = false;
    await this.restore('all');
  }

  async #restore(which: 'all' | 'where missing'): Promise<void> {
    const before = await this.#handler.listRepeated({});
    const isThere = ({ name }: ScheduledTask): boolean => before.some((repeated) => repeated.name === name);
    if (which === 'where missing' && this.#tasks.every(isThere)) return;
    await this.#removeStale(before);
    await this.#handler.createRepeated();
    await this.#makeUp(await this.#handler.listRepeated({}));
  }

  // At the start only: during a deployment the instance that goes would take away what the one that comes has put there.
  async #removeStale(repeated: readonly Repeated[]): Promise<void> {
    if (this.#isClean) return;
    const stale = repeated.filter((one) => !this.#tasks.some((task) => isSame(one, task)));
    for (const { key } of stale) await this.#handler.client.removeRepeatableByKey(key);
    this.#isClean = true;
  }

  // The latest occurrence under the id that BullMQ gives it: where it ran, Redis still knows the id and adds nothing.
  async #makeUp(repeated: readonly Repeated[]): Promise<void> {
    for (const task of this.#tasks) {
      const key = repeated.find((one) => isSame(one, task))?.key;
      const due = new Schedule(task).latest(this.#clock.now());
      if (key === undefined || due === undefined) continue;
      await this.#handler.client.add(task.name, undefined, { jobId: `repeat:${key}:${due}`, delay: this.#soon });
    }
  }

  get #tasks(): readonly ScheduledTask[] {
    return container.stores.get('scheduled-tasks').repeatedTasks;
  }
}

const isSame = (repeated: Repeated, { name, interval, pattern, timezone }: ScheduledTask): boolean =>
  repeated.name === name &&
  (interval
    ? String(repeated.every) === String(interval)
    : repeated.pattern === pattern && (repeated.tz ?? 'UTC') === timezone);
