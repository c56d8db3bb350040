import type { Clock } from '../core/time.ts';

/** A clock in the hands of a test. */
export interface TestClock extends Clock {
  /** The moment so many milliseconds from now; negative ones are past. */
  at(milliseconds: number): Date;
  /** Moves it forward; what a test bot does next is at that time already, be this awaited or not. */
  advance(milliseconds: number): Promise<void> | void;
}

/** A clock that stands still until a test moves it: at the real time, which the database's own clock shows, or at another. */
export class ControlledClock implements TestClock {
  #now: number;

  /** In milliseconds since 1970. */
  constructor(now = Date.now()) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  at(milliseconds: number): Date {
    return new Date(this.#now + milliseconds);
  }

  advance(milliseconds: number): void {
    this.#now += milliseconds;
  }
}
