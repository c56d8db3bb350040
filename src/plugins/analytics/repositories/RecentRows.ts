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
  #rows = new Map<string | symbol, Row>();

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
    const rows = this.#rows;
    // To take over those that stay takes a fraction of the time that it takes to take many away.
    this.#rows = new Map();
    for (const [key, row] of rows) if (!isWanted(row)) this.#rows.set(key, row);
    return rows.size - this.#rows.size;
  }
}
