import { isRefusal } from '#core';

/** What is waited for at most before what came meanwhile is written together, and how much that may be. */
export interface BatchLimits {
  /** Milliseconds between the beginnings of two writes; the first after a quiet time waits for nobody. */
  readonly interval: number;
  /** Rows; so many are written at once. */
  readonly size: number;
}

interface Waiting<Row> {
  readonly row: Row;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Writes many rows in one statement (a group commit): each caller still hears what became of its own row, when it is in
 * the database and not before. A row that the database refuses fails alone.
 */
export class Batch<Row> {
  readonly #write: (rows: readonly Row[]) => Promise<unknown>;
  readonly #limits: BatchLimits;
  readonly #writing = new Set<Promise<void>>();
  #waiting: Waiting<Row>[] = [];
  #timer: NodeJS.Timeout | undefined;
  #last = Number.NEGATIVE_INFINITY;

  /** `write` takes all rows or, when it throws, none of them. */
  constructor(write: (rows: readonly Row[]) => Promise<unknown>, limits: BatchLimits) {
    this.#write = write;
    this.#limits = limits;
  }

  /** Settles when the row is written. @throws whatever kept it from being written */
  add(row: Row): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#waiting.push({ row, resolve, reject });
    const wait = this.#last + this.#limits.interval - performance.now();
    if (this.#waiting.length >= this.#limits.size) this.#flush();
    else this.#timer ??= setTimeout(() => this.#flush(), Math.max(0, wait));
    return promise;
  }

  /** Writes what waits, and settles when it is known what became of everything that was added before. */
  async settled(): Promise<void> {
    this.#flush();
    await Promise.all(this.#writing);
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#waiting.length === 0) return;
    const batch = this.#waiting;
    this.#waiting = [];
    this.#last = performance.now();
    const writing = this.#writeTogether(batch).finally(() => this.#writing.delete(writing));
    this.#writing.add(writing);
  }

  async #writeTogether(batch: readonly Waiting<Row>[]): Promise<void> {
    try {
      await this.#write(batch.map(({ row }) => row));
      for (const { resolve } of batch) resolve();
    } catch (error) {
      if (batch.length > 1 && isRefusal(error)) return this.#writeOneByOne(batch);
      for (const { reject } of batch) reject(error);
    }
  }

  async #writeOneByOne(batch: readonly Waiting<Row>[]): Promise<void> {
    for (const [index, { row, resolve, reject }] of batch.entries()) {
      try {
        await this.#write([row]);
        resolve();
      } catch (error) {
        reject(error);
        if (isRefusal(error)) continue;
        // The database went away meanwhile: nobody has to wait for it row by row.
        for (const rest of batch.slice(index + 1)) rest.reject(error);
        return;
      }
    }
  }
}
