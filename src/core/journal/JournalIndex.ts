import { join } from 'node:path';
import type { Position } from './Position.ts';
import { Segment, type Slot } from './Segment.ts';

/** Which entries the journal has and which are open, by segment; their bodies stay on the disk. */
export class JournalIndex {
  readonly #folder: string;
  /** By number, rising. */
  readonly #segments = new Map<number, Segment>();
  readonly #kinds: string[] = [];
  /** How many entries of each kind are open. */
  readonly #depths: number[] = [];
  #lastSegment = 0;

  constructor(folder: string) {
    this.#folder = folder;
  }

  get segments(): Iterable<Segment> {
    return this.#segments.values();
  }

  /** The length of all files. */
  get bytes(): number {
    let bytes = 0;
    for (const segment of this.segments) bytes += segment.bytes;
    return bytes;
  }

  /** When the first open entry was appended. */
  get oldest(): number | undefined {
    for (const { open, oldest } of this.segments) if (open > 0) return oldest;
    return undefined;
  }

  /** How many entries are open, of one kind or in all. */
  depth(kind?: string): number {
    if (kind !== undefined) return this.#depths[this.#kinds.indexOf(kind)] ?? 0;
    return this.#depths.reduce((sum, depth) => sum + depth, 0);
  }

  has(segment: Segment): boolean {
    return this.#segments.get(segment.number) === segment;
  }

  get(number: number): Segment | undefined {
    return this.#segments.get(number);
  }

  /** Makes room for the next segment of a run, or for the one of this number, which is above all others. */
  begin(run: string, number = this.#lastSegment + 1): Segment {
    const segment = new Segment(join(this.#folder, `${String(number).padStart(12, '0')}.log`), number, run);
    this.#segments.set(number, segment);
    this.#lastSegment = number;
    return segment;
  }

  drop(segment: Segment): void {
    this.#segments.delete(segment.number);
  }

  add(segment: Segment, { kind, ...slot }: Omit<Slot, 'kind'> & { readonly kind: string }): void {
    let place = this.#kinds.indexOf(kind);
    if (place < 0) place = this.#kinds.push(kind) - 1;
    this.#depths[place] = (this.#depths[place] ?? 0) + 1;
    segment.add({ ...slot, kind: place });
  }

  /** Settles the open entries of a segment from one number to another; returns how many there were. */
  settle(segment: Segment, first: number, last = first): number {
    const settled = segment.settle(first, last);
    for (const { kind } of settled) this.#depths[kind] = (this.#depths[kind] ?? 0) - 1;
    return settled.length;
  }

  /** Takes out the entries of a segment from a number on. */
  cut(segment: Segment, first: number): void {
    for (const { kind } of segment.cut(first)) this.#depths[kind] = (this.#depths[kind] ?? 0) - 1;
  }

  /** The open entries that do not come before a position, in order. */
  *openFrom({ segment: from, number }: Position): Generator<{ segment: Segment; slot: Slot }> {
    for (const segment of this.segments) {
      if (segment.number < from) continue;
      for (const slot of segment.openFrom(segment.number === from ? number : 0)) yield { segment, slot };
    }
  }
}
