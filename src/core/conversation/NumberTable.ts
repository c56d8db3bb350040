/**
 * Rows of so many whole numbers each. A long text has hundreds of thousands of places to know about: as numbers they take
 * a fraction of the memory of objects, and the garbage collector does not stop everything to go through them.
 */
export class NumberTable {
  readonly #width: number;
  // So few that V8 keeps them with the object: most texts have no more.
  #numbers = new Int32Array(16);
  #used = 0;

  constructor(width: number) {
    this.#width = width;
  }

  /** How many rows there are. */
  get length(): number {
    return this.#used / this.#width;
  }

  add(...row: readonly number[]): void {
    if (this.#used + this.#width > this.#numbers.length) {
      const larger = new Int32Array(2 * this.#numbers.length);
      larger.set(this.#numbers);
      this.#numbers = larger;
    }
    this.#numbers.set(row, this.#used);
    this.#used += this.#width;
  }

  at(row: number, column: number): number {
    return this.#numbers[row * this.#width + column] ?? Number.NaN;
  }

  /** The first row whose number in a column, where numbers rise, is above another one; behind the last where none is. */
  firstAbove(column: number, number: number): number {
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.at(middle, column) > number) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
