/** What every row of the statistics has; `at` in milliseconds since 1970. */
export interface Counted {
  readonly discordId: string;
  readonly username: string;
  readonly at: number;
}

/** The rows that came last, each once under its key; at most `capacity`. */
export class RecentRows<Row extends Counted> {
  readonly #capacity: number;
  /** Oldest first. */
  readonly #rows = new Map<string | symbol, Row>();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** A row without a key is one of its own. */
  add(row: Row, key: string | symbol = Symbol()): void {
    if (this.#rows.has(key)) return;
    this.#rows.set(key, row);
    const [oldest] = this.#rows.keys();
    if (this.#rows.size > this.#capacity && oldest !== undefined) this.#rows.delete(oldest);
  }

  all(): Row[] {
    return [...this.#rows.values()];
  }

  /** Returns how many rows went. */
  remove(isWanted: (row: Row) => boolean): number {
    const size = this.#rows.size;
    for (const [key, row] of this.#rows) if (isWanted(row)) this.#rows.delete(key);
    return size - this.#rows.size;
  }
}
