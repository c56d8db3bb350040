/** Lets claims through side by side, and a sweep alone: what it hands out has its place in line before what comes later. */
export class Gate {
  #inside = 0;
  #onEmpty: (() => void) | undefined;
  #closed: Promise<void> | undefined;

  /** Settles at once while the gate is open, else in the order of arrival when it opens. */
  async enter(): Promise<void> {
    while (this.isClosed) await this.#closed;
    this.#inside += 1;
  }

  leave(): void {
    this.#inside -= 1;
    if (this.#inside === 0) this.#onEmpty?.();
  }

  /** Closes the gate, waits until everyone has left, does the work, and opens again. */
  async alone<T>(work: () => Promise<T>): Promise<T> {
    while (this.isClosed) await this.#closed;
    const { promise, resolve: open } = Promise.withResolvers<void>();
    this.#closed = promise;
    try {
      await this.#empty();
      return await work();
    } finally {
      this.#onEmpty = undefined;
      this.#closed = undefined;
      open();
    }
  }

  get isClosed(): boolean {
    return this.#closed !== undefined;
  }

  #empty(): Promise<void> {
    if (this.#inside === 0) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onEmpty = resolve;
    return promise;
  }
}
