/** Ids that were seen lately, up to a number; the oldest make room for new ones. */
export class RecentIds {
  readonly #ids = new Set<string>();
  readonly #capacity: number;
  /** Goes on where it was: each new iterator would pass the gaps that all the deleted ids left. */
  #oldest: Iterator<string> | undefined;

  // Discord sends an event again within minutes, and lets the bot answer 50 messages a second: so many cover both.
  constructor(capacity = 20_000) {
    this.#capacity = capacity;
  }

  has(id: string): boolean {
    return this.#ids.has(id);
  }

  /** As if the id had never been seen. */
  forget(id: string): void {
    this.#ids.delete(id);
  }

  /** True when the id is new. */
  add(id: string): boolean {
    if (this.#ids.has(id)) return false;
    this.#ids.add(id);
    if (this.#ids.size > this.#capacity) {
      this.#oldest ??= this.#ids.values();
      this.#ids.delete(this.#oldest.next().value);
    }
    return true;
  }
}
