import { type CodeFence, findCodeFences } from './CodeFence.ts';
import { findAtoms } from './findAtoms.ts';
import { findLineBreaks, type LineBreak } from './findLineBreaks.ts';
import { firstIndex, type Span, spanAround } from './Span.ts';

/** Knows what a cut of a reply at some index would mean; looks at the whole text once, so that each question is cheap. */
export class ReplyLayout {
  readonly text: string;
  readonly limit: number;
  readonly atoms: readonly Span[];
  readonly #fences: readonly CodeFence[];
  readonly #lineBreaks: readonly LineBreak[];

  private constructor(
    text: string,
    limit: number,
    fences: readonly CodeFence[],
    atoms: readonly Span[],
    lineBreaks: readonly LineBreak[],
  ) {
    this.text = text;
    this.limit = limit;
    this.atoms = atoms;
    this.#fences = fences;
    this.#lineBreaks = lineBreaks;
  }

  /** Looks at a text; yields now and then, so that others can have their turn. */
  static *of(text: string, limit: number): Generator<undefined, ReplyLayout> {
    const trimmed = text.trimEnd();
    const fences = yield* findCodeFences(trimmed, limit);
    const atoms = yield* findAtoms(trimmed, fences, limit);
    return new ReplyLayout(trimmed, limit, fences, atoms, yield* findLineBreaks(trimmed, fences));
  }

  /** The message between two cuts; a code block that goes on at its start or end is reopened and closed. */
  part(from: number, to: number): string {
    const opening = spanAround(this.#fences, from)?.opening;
    const closing = spanAround(this.#fences, to)?.closing;
    const body = this.text.slice(from, to).trimEnd();
    return [opening, body, closing].filter((lines) => lines !== undefined).join('\n');
  }

  fits(from: number, to: number): boolean {
    return to - from + this.#fenceLength(from, 'opening') + this.#fenceLength(to, 'closing') <= this.limit;
  }

  /** The last cut that the limit allows to the message that begins at `from`, whatever it tears. */
  fullestCut(from: number): number {
    const full = from + this.limit - this.#fenceLength(from, 'opening');
    return full - this.#fenceLength(full, 'closing');
  }

  /** Where the message behind a cut begins: whitespace is skipped, but not the indentation of a line. */
  startAfter(cut: number): number {
    const word = /\S/g;
    word.lastIndex = cut;
    const firstWord = word.exec(this.text)?.index ?? this.text.length;
    const fence = spanAround(this.#fences, cut);
    if (fence && firstWord >= fence.contentEnd) return this.startAfter(fence.end);

    const newline = this.text.slice(cut, firstWord).lastIndexOf('\n');
    if (newline < 0 && cut > 0) return firstWord;
    const lineStart = cut + newline + 1;
    return firstWord - lineStart <= this.limit / 4 ? lineStart : firstWord;
  }

  lineBreaksBetween(from: number, to: number): LineBreak[] {
    const first = firstIndex(this.#lineBreaks, ({ at }) => at > from);
    return this.#lineBreaks.slice(
      first,
      firstIndex(this.#lineBreaks, ({ at }) => at > to),
    );
  }

  /** Whether the paragraph, list item or code block that begins at `start` fits in one message. */
  fitsBlockAt(start: number): boolean {
    const limit = start + this.limit;
    return this.text.length <= limit || this.lineBreaksBetween(start, limit).some(({ inner }) => !inner);
  }

  #fenceLength(at: number, line: 'opening' | 'closing'): number {
    const fence = spanAround(this.#fences, at);
    return fence ? fence[line].length + 1 : 0;
  }
}
