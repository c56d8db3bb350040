import type { Clock } from '../time.ts';

/**
 * Remembers in memory up to which moment things were erased, of one person and of everyone, so that what arrives late
 * from before it can be kept out. Moments are forgotten after so many milliseconds, when nothing that old matters.
 */
export class ErasureMoments {
  readonly #clock: Clock;
  readonly #maxAge: number;
  readonly #ofPeople = new Map<string, number>();
  #ofEveryone = Number.NEGATIVE_INFINITY;
  #nextSweep = 0;

  constructor(clock: Clock, maxAge: number) {
    this.#clock = clock;
    this.#maxAge = maxAge;
  }

  /** Whether what happened at a moment (milliseconds since 1970) was erased since. */
  covers(person: string, at: number): boolean {
    return at <= Math.max(this.#ofEveryone, this.#ofPeople.get(person) ?? Number.NEGATIVE_INFINITY);
  }

  /** Never takes an earlier moment for a later one; `undefined` is everyone. */
  raise(person: string | undefined, moment: number): void {
    if (person === undefined) this.#ofEveryone = Math.max(this.#ofEveryone, moment);
    else this.#ofPeople.set(person, Math.max(moment, this.#ofPeople.get(person) ?? moment));
    this.#sweep();
  }

  /** How many people have a moment of their own. */
  get size(): number {
    return this.#ofPeople.size;
  }

  #sweep(): void {
    const now = this.#clock.now();
    if (now < this.#nextSweep) return;
    this.#nextSweep = now + this.#maxAge;
    for (const [person, moment] of this.#ofPeople) {
      if (moment <= now - this.#maxAge) this.#ofPeople.delete(person);
    }
  }
}
