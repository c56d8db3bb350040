import { GrowingBytes } from './GrowingBytes.ts';

/** Pieces, and characters of them, that are kept apart until they are put to the rest. */
const mostPieces = 1_024;
const mostRecent = 4_096;

/**
 * A text that comes in many small pieces, none of which ends within a character. V8 keeps what is put together by `+`
 * as a tree, which takes several times the memory of the text where pieces are short; so what is long is kept as bytes.
 */
export class GrowingText {
  #bytes: GrowingBytes | undefined;
  #recent = '';
  #pieces = 0;
  #length = 0;

  /** Characters. */
  get length(): number {
    return this.#length;
  }

  /** Bytes that it takes. */
  get held(): number {
    return (this.#bytes?.length ?? 0) + 2 * this.#recent.length;
  }

  add(piece: string): void {
    this.#recent += piece;
    this.#length += piece.length;
    this.#pieces += 1;
    if (this.#pieces >= mostPieces || this.#recent.length >= mostRecent) this.#settle();
  }

  /** In UTF-8; valid until something changes. */
  toBytes(): Buffer {
    return this.#settle().subarray(0);
  }

  toString(): string {
    return (this.#bytes?.toString() ?? '') + this.#recent;
  }

  /** Forgets all of it, and takes nothing more. */
  release(): void {
    this.#bytes?.release();
    this.#recent = '';
    this.#length = 0;
  }

  #settle(): GrowingBytes {
    this.#bytes ??= new GrowingBytes();
    this.#bytes.addText(this.#recent);
    this.#recent = '';
    this.#pieces = 0;
    return this.#bytes;
  }
}
