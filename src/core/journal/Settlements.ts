import type { JournalIndex } from './JournalIndex.ts';
import { settledLines } from './records.ts';
import type { Segment } from './Segment.ts';

/** Which entries were settled and are not yet noted as such on the disk. */
export class Settlements {
  readonly #index: JournalIndex;
  #numbers = new Map<Segment, number[]>();

  constructor(index: JournalIndex) {
    this.#index = index;
  }

  get isEmpty(): boolean {
    return this.#numbers.size === 0;
  }

  add(segment: Segment, numbers: Iterable<number>): void {
    const all = this.#numbers.get(segment) ?? [];
    for (const number of numbers) all.push(number);
    if (all.length > 0) this.#numbers.set(segment, all);
  }

  /** Notes anew what only a segment that goes away has notes of. */
  carryOver(leaving: Segment): void {
    for (const segment of leaving.about)
      if (segment !== leaving && this.#index.has(segment) && segment.open > 0) this.add(segment, segment.settled());
  }

  forget(segment: Segment): void {
    this.#numbers.delete(segment);
  }

  /** Takes the notes out as lines; `failed` puts them back. */
  take(): { text: string; about: readonly Segment[]; failed(): void } {
    const taken = this.#numbers;
    this.#numbers = new Map();
    const lines = [...taken].flatMap(([{ run }, numbers]) => [
      ...settledLines(
        run,
        numbers.toSorted((a, b) => a - b),
      ),
    ]);
    return {
      text: lines.join(''),
      about: [...taken.keys()],
      failed: () => {
        for (const [segment, numbers] of taken) this.add(segment, numbers);
      },
    };
  }
}
