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
  #slots = new Map<string, Slot<V>>();
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

  /** Puts in the place of each value what becomes of it, at once; undefined takes it away. Age and place in line stay. */
  replaceAll(change: (value: V) => V | undefined): void {
    const now = this.#bounds.clock.now();
    const slots = this.#slots;
    // To take over what is left is less work than to take away what is not: of an erasing little is left.
    this.clear();
    for (const [person, slot] of slots) {
      const value = this.#isOver(slot, now) ? undefined : change(slot.value);
      if (value === undefined) continue;
      const next = value === slot.value ? slot : { ...slot, value, bytes: this.#bounds.sizeOf(value) };
      this.#slots.set(person, next);
      this.#bytes += next.bytes;
    }
  }

  clear(): void {
    this.#slots = new Map();
    this.#bytes = 0;
  }

  // Who comes first in line was not asked for longest; all that is too old for longer than its age stands there.
  #makeRoom(): void {
    for (const [person, slot] of this.#slots) {
      if (this.#bytes <= this.#bounds.maxBytes && !this.#isTooOld(slot)) return;
      if (!this.#bounds.mustKeep?.(slot.value)) this.delete(person);
    }
  }

  #isOver(slot: Slot<V>, now = this.#bounds.clock.now()): boolean {
    return this.#isTooOld(slot, now) && !this.#bounds.mustKeep?.(slot.value);
  }

  #isTooOld({ setAt }: Slot<V>, now = this.#bounds.clock.now()): boolean {
    return setAt <= now - this.#bounds.maxAge;
  }
}
