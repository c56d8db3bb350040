/** The messages that were taken on and have no answer yet. */
export class InHand {
  readonly #ids = new Set<string>();
  #onEmpty: (() => void)[] = [];

  add(id: string): void {
    this.#ids.add(id);
  }

  has(id: string): boolean {
    return this.#ids.has(id);
  }

  delete(id: string): void {
    this.#ids.delete(id);
    if (this.#ids.size > 0) return;
    for (const resolve of this.#onEmpty) resolve();
    this.#onEmpty = [];
  }

  get size(): number {
    return this.#ids.size;
  }

  /** Settles when nothing is in hand any more. */
  empty(): Promise<void> {
    if (this.#ids.size === 0) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onEmpty.push(resolve);
    return promise;
  }
}
