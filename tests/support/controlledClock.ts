import type { Clock } from '../../src/core/time.ts';

/** A clock that stands still until a test moves it. It starts at the real time, which the database's own clock shows. */
export class ControlledClock implements Clock {
  #now = Date.now();

  now(): number {
    return this.#now;
  }

  /** The moment so many milliseconds from now; negative ones are past. */
  at(milliseconds: number): Date {
    return new Date(this.#now + milliseconds);
  }

  advance(milliseconds: number): void {
    this.#now += milliseconds;
  }
}
