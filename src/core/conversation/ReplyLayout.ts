import { type CodeFence, findCodeFences } from './CodeFence.ts';
import { findAtoms } from './findAtoms.ts';
import { findLineBreaks, type LineBreak, toLineBreak } from './findLineBreaks.ts';
import { NumberTable } from './NumberTable.ts';
import { type Span, spanAround } from './Span.ts';

const none = new NumberTable(1);

/** Knows what a cut of a reply at some index would mean; looks at the whole text once, so that each question is cheap. */
export class ReplyLayout {
  readonly text: string;
  readonly limit: number;
  readonly #fences: readonly CodeFence[];
  readonly #atoms: NumberTable;
  readonly #lineBreaks: NumberTable;

  private constructor(
    text: string,
    limit: number,
    fences: readonly CodeFence[],
    atoms: NumberTable,
    lineBreaks: NumberTable,
  ) {
    this.text = text;
    this.limit = limit;
    this.#fences = fences;
    this.#atoms = atoms;
    this.#lineBreaks = lineBreaks;
  }

  /** Looks at a text; yields now and then, so that others can have their turn. */
  static *of(text: string, limit: number): Generator<undefined, ReplyLayout> {
    const trimmed = text.trimEnd();
    const fences = yield* findCodeFences(trimmed, limit);
    // One message without code: it is not cut anywhere.
    if (fences.length === 0 && trimmed.length <= limit) return new ReplyLayout(trimmed, limit, fences, none, none);
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
    const [first, end] = [from, to].map((at) => this.#lineBreaks.firstAbove(0, at)) as [number, number];
    return Array.from({ length: end - first }, (_, index) => toLineBreak(this.#lineBreaks, first + index));
  }

  /** What means something only as a whole and would be torn by a cut. */
  atomAround(at: number): Span | undefined {
    const row = this.#atoms.firstAbove(1, at);
    const atom = { start: this.#atoms.at(row, 0), end: this.#atoms.at(row, 1) };
    return row < this.#atoms.length && atom.start < at ? atom : undefined;
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
