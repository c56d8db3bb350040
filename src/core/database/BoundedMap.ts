import type { Clock } from '../time.ts';

/** What a BoundedMap holds at most. */
export interface Bounds<V> {
  readonly clock: Clock;
  /** Bytes of all values together, as `sizeOf` counts them. */
  readonly maxBytes: number;
  /** Milliseconds that a value is known after it was set. */
  readonly maxAge: number;
  /** Bytes that a value takes; asked once, when the value is set, so a value must not change afterwards. */
  sizeOf(value: V): number;
  /** Whether a value has to stay for now, whatever the bounds say. */
  mustKeep?(value: V): boolean;
}

interface Slot<V> {
  readonly value: V;
  readonly bytes: number;
  readonly setAt: number;
}

/** What is known about people, by person, within bounds of bytes and age: who was not asked for longest makes room. */
export class BoundedMap<V> {
  readonly #bounds: Bounds<V>;
  /** Least recently used first. */
  readonly #slots = new Map<string, Slot<V>>();
  #bytes = 0;

  constructor(bounds: Bounds<V>) {
    this.#bounds = bounds;
  }

  /** People that are known. */
  get size(): number {
    return this.#slots.size;
  }

  /** Bytes of all values together. */
  get bytes(): number {
    return this.#bytes;
  }

  get(person: string): V | undefined {
    const slot = this.#slots.get(person);
    if (slot === undefined) return undefined;
    this.#slots.delete(person);
    if (this.#isOver(slot)) {
      this.#bytes -= slot.bytes;
      return undefined;
    }
    this.#slots.set(person, slot);
    return slot.value;
  }

  /** A value that is larger than all the room there is is not kept, unless it has to be. */
  set(person: string, value: V): void {
    this.delete(person);
    const bytes = this.#bounds.sizeOf(value);
    if (bytes <= this.#bounds.maxBytes || this.#bounds.mustKeep?.(value)) {
      this.#slots.set(person, { value, bytes, setAt: this.#bounds.clock.now() });
      this.#bytes += bytes;
    }
    this.#makeRoom();
  }

  delete(person: string): void {
    const slot = this.#slots.get(person);
    if (slot === undefined) return;
    this.#slots.delete(person);
    this.#bytes -= slot.bytes;
  }

  /** Everyone who is known; values may be set and deleted meanwhile. */
  entries(): [string, V][] {
    return [...this.#slots].flatMap(([person, slot]) => (this.#isOver(slot) ? [] : [[person, slot.value]]));
  }

  // Who comes first in line was not asked for longest; all that is too old for longer than its age stands there.
  #makeRoom(): void {
    for (const [person, slot] of this.#slots) {
      if (this.#bytes <= this.#bounds.maxBytes && !this.#isTooOld(slot)) return;
      if (!this.#bounds.mustKeep?.(slot.value)) this.delete(person);
    }
  }

  #isOver(slot: Slot<V>): boolean {
    return this.#isTooOld(slot) && !this.#bounds.mustKeep?.(slot.value);
  }

  #isTooOld({ setAt }: Slot<V>): boolean {
    return setAt <= this.#bounds.clock.now() - this.#bounds.maxAge;
  }
}
