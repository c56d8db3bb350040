import { setImmediate as others } from 'node:timers/promises';

/** Milliseconds of work that nobody notices. */
const length = 5;

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
    await others();
    this.#began = performance.now();
  }
}
