/** A place in a person's line. */
export interface Place {
  /** Settles when everyone before has left. */
  readonly ready: Promise<void>;
  /** Lets the next one in; leaving twice changes nothing. */
  leave(): void;
}

/** Keeps the turns of one person in order, one after the other; people never wait for each other. */
export class Lines {
  readonly #ends = new Map<string, Promise<void>>();

  /** Takes the next place in the person's line, at once. */
  enter(userId: string): Place {
    const ready = this.#ends.get(userId) ?? Promise.resolve();
    const { promise: left, resolve: leave } = Promise.withResolvers<void>();
    const end = ready.then(() => left);
    this.#ends.set(userId, end);
    void end.then(() => {
      if (this.#ends.get(userId) === end) this.#ends.delete(userId);
    });
    return { ready, leave };
  }

  /** How many people have someone in line. */
  get size(): number {
    return this.#ends.size;
  }
}
