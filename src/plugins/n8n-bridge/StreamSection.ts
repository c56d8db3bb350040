import { cleanText } from '#core';
import { GrowingText } from './GrowingText.ts';

/** What one run of a node adds to a stream, between its `begin` and its `end`. Its text is clean at every moment. */
export class StreamSection {
  readonly #text = new GrowingText();
  /** The first half of a character, whose second may be in the next item. */
  #half = '';
  #items = 0;
  #isBlank = true;
  #startsAsJson = false;
  #hasEnded = false;

  /** Bytes that it takes. */
  get held(): number {
    return this.#text.held;
  }

  get isBlank(): boolean {
    return this.#isBlank;
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Whether it may be the one item of a "Respond to Webhook" node: JSON and not a text to be read. */
  get mayBeJson(): boolean {
    return this.#items === 1 && this.#startsAsJson;
  }

  add(content: string): void {
    this.#items += 1;
    if (this.#items === 1) this.#startsAsJson = /^\s*[{[]/.test(content);
    const text = `${this.#half}${content}`.replaceAll('\0', '');
    const end = isFirstHalf(text.charCodeAt(text.length - 1)) ? text.length - 1 : text.length;
    this.#half = text.slice(end);
    this.#write(text.slice(0, end));
  }

  end(): void {
    this.#write(this.#half);
    this.#half = '';
    this.#hasEnded = true;
  }

  #write(text: string): void {
    this.#text.add(cleanText(text));
    if (this.#isBlank) this.#isBlank = text.trim() === '';
  }

  release(): void {
    this.#text.release();
  }

  /** In UTF-8; valid until something changes. */
  toBytes(): Buffer {
    return this.#text.toBytes();
  }

  toString(): string {
    return this.#text.toString();
  }
}

// Of a surrogate pair: https://developer.mozilla.org/docs/Web/JavaScript/Reference/Global_Objects/String#utf-16_characters_unicode_code_points_and_grapheme_clusters
const isFirstHalf = (codeUnit: number): boolean => codeUnit >= 0xd800 && codeUnit <= 0xdbff;
