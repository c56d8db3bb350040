import { setImmediate as others } from 'node:timers/promises';

/** Milliseconds of work that nobody notices. */
const length = 5;

/** Whose slice is next: of many works that go on at once, only one has a slice in each turn of the event loop. */
let line: Promise<unknown> = Promise.resolve();

/**
 * A share of the event loop's time. Work that takes longer asks between its steps whether its slice `isOver`, and then
 * awaits the `next` one, so that everything else that waits has its turn.
 */
export class TimeSlice {
  #began = performance.now();

  get isOver(): boolean {
    return performance.now() - this.#began >= length;
  }

  async next(): Promise<void> {
    line = line.then(() => others());
    await line;
    this.#began = performance.now();
  }
}
