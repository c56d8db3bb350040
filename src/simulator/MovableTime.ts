import { readFileSync, writeFileSync } from 'node:fs';

/**
 * The time of this process, which can be moved forward: whatever asks `Date` then lives at another date, the embedded
 * database too, which asks Node for the time. Timers, deadlines and `performance.now()` go on as they were. Only the
 * playground installs it. How far it is ahead is kept in a file, so that a database that was ahead is never older than
 * what is in it.
 */
export class MovableTime implements Disposable {
  readonly #date = globalThis.Date;
  readonly #now = Date.now;
  readonly #file: string | undefined;
  #ahead: number;

  /** From now on `Date` is this one's. @throws Error when there is something else in the file */
  constructor(file?: string) {
    this.#file = file;
    this.#ahead = file === undefined ? 0 : read(file);
    const now = () => this.#now.call(this.#date) + this.#ahead;
    // On the original too, for whoever holds it already.
    this.#date.now = now;
    // A proxy has the prototype of what it stands for, so that dates from before and after are each other's instances.
    globalThis.Date = new Proxy(this.#date, {
      apply: (date) => new date(now()).toString(),
      construct: (date, given, target) => Reflect.construct(date, given.length === 0 ? [now()] : given, target),
    });
  }

  /** How far it is ahead of the real time, in milliseconds. */
  get ahead(): number {
    return this.#ahead;
  }

  /** Moves it; there is no way back, because nothing that keeps time expects one. */
  advance(milliseconds: number): void {
    if (!(milliseconds >= 0)) throw new RangeError('Time moves forward only.');
    const ahead = this.#ahead + milliseconds;
    // First the note: nothing may be written at a date that the next run would not know of.
    if (this.#file !== undefined) writeFileSync(this.#file, `${ahead}\n`);
    this.#ahead = ahead;
  }

  /** Gives everyone the real time again. */
  [Symbol.dispose](): void {
    this.#date.now = this.#now;
    globalThis.Date = this.#date;
  }
}

function read(file: string): number {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
    throw error;
  }
  const ahead = Number(text);
  if (text.trim() !== '' && ahead >= 0 && ahead < Number.MAX_SAFE_INTEGER) return ahead;
  throw new Error(`${file} should say how many milliseconds the playground's clock is ahead. Delete it.`);
}
