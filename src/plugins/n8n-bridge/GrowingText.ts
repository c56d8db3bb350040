/** Pieces that are kept apart until they become one text. */
const mostPieces = 1_024;

/**
 * A text that comes in many small pieces. V8 keeps what is put together by `+` as a tree, which takes several times
 * the memory of the text where pieces are short; so it is copied into one now and then, which stays cheap.
 */
export class GrowingText {
  #text = '';
  #recent = '';
  #pieces = 0;

  get length(): number {
    return this.#text.length + this.#recent.length;
  }

  add(piece: string): void {
    this.#recent += piece;
    this.#pieces += 1;
    if (this.#pieces < mostPieces) return;
    this.#text = [this.#text, this.#recent].join('');
    this.#recent = '';
    this.#pieces = 0;
  }

  /** All of it, and nothing stays. */
  take(): string {
    const all = this.toString();
    this.#text = '';
    this.#recent = '';
    this.#pieces = 0;
    return all;
  }

  toString(): string {
    return this.#text + this.#recent;
  }
}
