/** A place in a person's line. */
export interface Place {
  /** Nobody was before it when it was taken. */
  readonly isFirst: boolean;
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
    const before = this.#ends.get(userId);
    const { promise: left, resolve: leave } = Promise.withResolvers<void>();
    const end = before === undefined ? left : before.then(() => left);
    this.#ends.set(userId, end);
    void end.then(() => {
      if (this.#ends.get(userId) === end) this.#ends.delete(userId);
    });
    return { isFirst: before === undefined, ready: before ?? Promise.resolve(), leave };
  }

  /** How many people have someone in line. */
  get size(): number {
    return this.#ends.size;
  }
}
