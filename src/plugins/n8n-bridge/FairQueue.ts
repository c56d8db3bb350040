import type { Deadline } from './Deadline.ts';
import { WorkflowError } from './WorkflowError.ts';

/**
 * Lets so many pieces of work run at a time, and so many wait. Whoever waits is let in by turns, a person at a time:
 * somebody with a hundred pieces is no more in the way than somebody with one.
 */
export class FairQueue {
  readonly #maxRunning: number;
  readonly #maxWaiting: number;
  /** Who waits, by person; the next person first. */
  readonly #lines = new Map<string, Set<() => void>>();
  #running = 0;
  #waiting = 0;

  constructor(limits: { readonly maxRunning: number; readonly maxWaiting: number }) {
    this.#maxRunning = limits.maxRunning;
    this.#maxWaiting = limits.maxWaiting;
  }

  get running(): number {
    return this.#running;
  }

  get waiting(): number {
    return this.#waiting;
  }

  /** Runs the work when it is its turn. @throws WorkflowError queue full; queue timeout when it has not begun by then */
  async run<T>(person: string, begun: Pick<Deadline, 'signal'>, work: () => Promise<T>): Promise<T> {
    if (this.#running < this.#maxRunning) this.#running += 1;
    else await this.#wait(person, begun.signal);
    try {
      return await work();
    } finally {
      this.#leave();
    }
  }

  async #wait(person: string, signal: AbortSignal): Promise<void> {
    if (this.#waiting >= this.#maxWaiting) throw new WorkflowError('queue full');
    if (signal.aborted) throw new WorkflowError('queue timeout');
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const line = this.#lines.get(person) ?? new Set();
    this.#lines.set(person, line.add(resolve));
    this.#waiting += 1;
    const giveUp = (): void => {
      this.#remove(person, line, resolve);
      reject(new WorkflowError('queue timeout'));
    };
    signal.addEventListener('abort', giveUp, { once: true });
    await promise;
    signal.removeEventListener('abort', giveUp);
  }

  // The place goes from hand to hand, so that nobody who comes just now can slip in.
  #leave(): void {
    const [next] = this.#lines;
    const [enter] = next?.[1] ?? [];
    if (next === undefined || enter === undefined) {
      this.#running -= 1;
      return;
    }
    const [person, line] = next;
    this.#remove(person, line, enter);
    if (line.size > 0) {
      this.#lines.delete(person);
      this.#lines.set(person, line);
    }
    enter();
  }

  #remove(person: string, line: Set<() => void>, enter: () => void): void {
    if (!line.delete(enter)) return;
    this.#waiting -= 1;
    if (line.size === 0) this.#lines.delete(person);
  }
}
