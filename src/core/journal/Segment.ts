/** Where an entry stands in its segment's file, and what must be known of it without reading it. */
export interface Slot {
  /** The number in the entry's id. */
  readonly number: number;
  readonly offset: number;
  /** In bytes. */
  readonly length: number;
  /** The kind's number in the index. */
  readonly kind: number;
  /** Milliseconds since 1970. */
  readonly at: number;
}

type Column = Uint32Array | Uint16Array | Float64Array | Uint8Array;

/** One file of the journal: which entries it has, where, and which of them are open. 25 bytes an entry. */
export class Segment {
  readonly path: string;
  readonly number: number;
  /** The opening of the journal that wrote it. */
  readonly run: string;
  /** Segments that this one has notes about: which of their entries are settled. */
  readonly about = new Set<Segment>();
  /** The length of the file. */
  bytes = 0;
  #open = 0;
  #count = 0;
  #first = 0;
  #numbers = new Uint32Array(16);
  #offsets = new Uint32Array(16);
  #lengths = new Uint32Array(16);
  #kinds = new Uint16Array(16);
  #times = new Float64Array(16);
  #settled = new Uint8Array(16);

  constructor(path: string, number: number, run: string) {
    this.path = path;
    this.number = number;
    this.run = run;
  }

  /** How many entries are open. */
  get open(): number {
    return this.#open;
  }

  /** When the first open entry was appended. */
  get oldest(): number | undefined {
    while (this.#first < this.#count && this.#settled[this.#first] === 1) this.#first += 1;
    return this.#first < this.#count ? this.#times[this.#first] : undefined;
  }

  /** The highest number of an entry so far. */
  get last(): number {
    return this.#count === 0 ? 0 : (this.#numbers[this.#count - 1] ?? 0);
  }

  /** Adds an entry; its number is above all others here. */
  add({ number, offset, length, kind, at }: Slot): void {
    if (this.#count === this.#numbers.length) this.#resize(this.#count * 2);
    this.#numbers[this.#count] = number;
    this.#offsets[this.#count] = offset;
    this.#lengths[this.#count] = length;
    this.#kinds[this.#count] = kind;
    this.#times[this.#count] = at;
    this.#count += 1;
    this.#open += 1;
  }

  /** Gives back the memory that was kept ready for more entries. */
  trim(): void {
    this.#resize(Math.max(this.#count, 1));
  }

  /** Settles the open entries from one number to another; returns them. */
  settle(first: number, last: number): Pick<Slot, 'number' | 'kind'>[] {
    const settled: Pick<Slot, 'number' | 'kind'>[] = [];
    for (let place = this.#placeOf(first); place < this.#count; place += 1) {
      const number = this.#numbers[place] ?? 0;
      if (number > last) break;
      if (this.#settled[place] === 1) continue;
      this.#settled[place] = 1;
      settled.push({ number, kind: this.#kinds[place] ?? 0 });
    }
    this.#open -= settled.length;
    return settled;
  }

  /** Takes out the entries from a number on, as if they had never been added; returns those that were open. */
  cut(first: number): Pick<Slot, 'number' | 'kind'>[] {
    const open = this.settle(first, Number.POSITIVE_INFINITY);
    this.#count = this.#placeOf(first);
    this.#first = Math.min(this.#first, this.#count);
    this.#settled.fill(0, this.#count);
    return open;
  }

  /** Whether an entry is there, and open. */
  holds({ number, offset }: Slot): boolean {
    const place = this.#placeOf(number);
    const isThere = place < this.#count && this.#numbers[place] === number && this.#offsets[place] === offset;
    return isThere && this.#settled[place] === 0;
  }

  /** The numbers of all entries that are settled. */
  *settled(): Generator<number> {
    for (let place = 0; place < this.#count; place += 1)
      if (this.#settled[place] === 1) yield this.#numbers[place] ?? 0;
  }

  /** The open entries from a number on, in order. */
  *openFrom(number: number): Generator<Slot> {
    for (let place = this.#placeOf(number); place < this.#count; place += 1)
      if (this.#settled[place] === 0)
        yield {
          number: this.#numbers[place] ?? 0,
          offset: this.#offsets[place] ?? 0,
          length: this.#lengths[place] ?? 0,
          kind: this.#kinds[place] ?? 0,
          at: this.#times[place] ?? 0,
        };
  }

  /** The place of the first entry whose number is not below this one. */
  #placeOf(number: number): number {
    let [low, high] = [0, this.#count];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#numbers[middle] ?? 0) < number) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #resize(size: number): void {
    const copy = <Values extends Column>(values: Values, resized: Values): Values => {
      resized.set(values.subarray(0, this.#count));
      return resized;
    };
    this.#numbers = copy(this.#numbers, new Uint32Array(size));
    this.#offsets = copy(this.#offsets, new Uint32Array(size));
    this.#lengths = copy(this.#lengths, new Uint32Array(size));
    this.#kinds = copy(this.#kinds, new Uint16Array(size));
    this.#times = copy(this.#times, new Float64Array(size));
    this.#settled = copy(this.#settled, new Uint8Array(size));
  }
}
