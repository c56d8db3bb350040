import { BoundedMap, type Clock, ErasureMoments, hours, minutes, seconds, type Turn, withDeadline } from '#core';
import type { N8nMemoryRepository } from './repositories/N8nMemoryRepository.ts';

/** A turn after which n8n may still write into its memory. */
interface OpenEnd {
  readonly turnId: string;
  /** When it was written. */
  readonly at: Date;
  /** In milliseconds since 1970. */
  readonly until: number;
}

/** How long a run may go on that nobody waits for any more: as long as somebody who erased is remembered nothing new. */
const longestRun = minutes(5);

/** Milliseconds that a turn waits for the clearing; the table is n8n's, and may be locked. */
const patience = seconds(2);

/** How long it is taken for granted that n8n keeps no memory here: it makes its table once, at its first turn. */
const trust = minutes(1);

/**
 * Keeps out of n8n's memory what was erased before n8n wrote it there: n8n does so at the end of a turn, or, where the
 * bot gave the turn up, whenever that run ends. What is erased is told by the database, so the erasing may have been
 * any instance's.
 */
export class LateMemories {
  readonly #memory: Pick<N8nMemoryRepository, 'wasErased' | 'flushUser'>;
  readonly #clock: Clock;
  /** By person. */
  readonly #openEnds: BoundedMap<readonly OpenEnd[]>;
  /** What was erased by this instance. */
  readonly #erased: ErasureMoments;
  /** When n8n was last found to keep no memory here; in milliseconds since 1970. */
  #noneAt = Number.NEGATIVE_INFINITY;

  constructor(memory: Pick<N8nMemoryRepository, 'wasErased' | 'flushUser'>, clock: Clock) {
    this.#memory = memory;
    this.#clock = clock;
    const sizeOf = (ends: readonly OpenEnd[]): number => 200 * ends.length;
    this.#erased = new ErasureMoments(clock, hours(24));
    this.#openEnds = new BoundedMap({ clock, maxAge: hours(24), maxBytes: 1_048_576, sizeOf });
  }

  /** This instance erases what one person, or (undefined) everyone, said up to a moment. */
  noteErasing(userId: string | undefined, at: Date): void {
    this.#erased.raise(userId, at.getTime());
  }

  /** Clears what a run wrote that ended after an earlier turn did; to be called before the person's next turn. */
  async beforeTurn(userId: string): Promise<void> {
    const ends = this.#openEnds.get(userId);
    if (!ends) return;
    const now = this.#clock.now();
    const first = new Date(Math.min(...ends.map(({ at }) => at.getTime())));
    const isClear = await this.#clear(userId, first);
    if (isClear)
      this.#keep(
        userId,
        ends.filter(({ until }) => until > now),
      );
  }

  /** Clears what the turn left. A run that gave no answer may go on. */
  async afterTurn({ id, userId, at }: Pick<Turn, 'id' | 'userId' | 'at'>, isAnswered: boolean): Promise<void> {
    const others = (this.#openEnds.get(userId) ?? []).filter(({ turnId }) => turnId !== id);
    const now = this.#clock.now();
    if (isAnswered && this.#isClear(userId, at)) return this.#keep(userId, others);
    // Kept at once: the database may not answer.
    this.#keep(userId, [...others, { turnId: id, at, until: isAnswered ? now : now + longestRun }]);
    if ((await this.#clear(userId, at)) && isAnswered) this.#keep(userId, others);
  }

  // Whether nothing need be asked.
  #isClear(userId: string, at: Date): boolean {
    // Clocks are set back now and then.
    const isNone = Math.abs(this.#clock.now() - this.#noneAt) < trust;
    return isNone && !this.#erased.covers(userId, at.getTime());
  }

  // False when it cannot be told now.
  async #clear(userId: string, at: Date): Promise<boolean> {
    if (this.#isClear(userId, at)) return true;
    const now = this.#clock.now();
    const wasErased = await this.#memory.wasErased(userId, at);
    if (wasErased === 'no memory') this.#noneAt = now;
    else if (wasErased) await withDeadline(this.#memory.flushUser(userId), patience);
    return wasErased !== undefined;
  }

  #keep(userId: string, ends: readonly OpenEnd[]): void {
    if (ends.length === 0) this.#openEnds.delete(userId);
    else this.#openEnds.set(userId, ends);
  }
}
