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
  /** What this instance has put there, by name. */
  readonly #known = new Set<string>();
  /** What it has to take away again. */
  readonly #gone = new Set<string>();
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

  /** Looks which tasks are loaded now; returns whether they are others than in Redis. */
  follow(): boolean {
    const names = new Set(this.#tasks.map(({ name }) => name));
    for (const name of this.#known) if (!names.has(name)) this.#gone.add(name);
    for (const name of names) this.#gone.delete(name);
    return this.#gone.size > 0 || names.size !== this.#known.size;
  }

  async #restore(which: 'all' | 'where missing'): Promise<void> {
    const before = await this.#handler.listRepeated({});
    const isThere = ({ name }: ScheduledTask): boolean => before.some((repeated) => repeated.name === name);
    if (which === 'where missing' && this.#gone.size === 0 && this.#tasks.every(isThere)) return;
    await this.#removeStale(before);
    for (const { name } of this.#tasks) this.#known.add(name);
    await this.#handler.createRepeated();
    await this.#makeUp(await this.#handler.listRepeated({}));
  }

  // All at the start only: during a deployment the instance that goes would take away what the one that comes has put
  // there. Later what this instance has put there itself, for a plugin that is gone.
  async #removeStale(repeated: readonly Repeated[]): Promise<void> {
    const gone = new Set(this.#gone);
    const isStale = (one: Repeated): boolean =>
      this.#isClean ? gone.has(one.name) : !this.#tasks.some((task) => isSame(one, task));
    for (const { key } of repeated.filter(isStale)) await this.#handler.client.removeRepeatableByKey(key);
    this.#isClean = true;
    for (const name of gone) {
      this.#gone.delete(name);
      this.#known.delete(name);
    }
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
