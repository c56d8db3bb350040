import { minutes } from '#core';

/** Takes each id once, until it is worth nothing anyhow; when too many are remembered none is taken. */
export class OnceOnly {
  readonly #most: number;
  /** Until when each is remembered; milliseconds since 1970. */
  readonly #ids = new Map<string, number>();
  #nextSweep = 0;

  constructor(most: number) {
    this.#most = most;
  }

  take(id: string, until: number, now: number): 'new' | 'taken' | 'full' {
    this.#sweep(now);
    if (this.#ids.has(id)) return 'taken';
    if (this.#ids.size >= this.#most) return 'full';
    this.#ids.set(id, until);
    return 'new';
  }

  /** It may come again. */
  release(id: string): void {
    this.#ids.delete(id);
  }

  #sweep(now: number): void {
    if (now < this.#nextSweep && this.#ids.size < this.#most) return;
    this.#nextSweep = now + minutes(1);
    for (const [id, until] of this.#ids) if (until < now) this.#ids.delete(id);
  }
}
