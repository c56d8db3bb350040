import { HARD_BREAK, LINK_TARGET, URL_CHARACTER } from './markdown.ts';
import { firstIndex } from './Span.ts';

const PARAGRAPH_END = new RegExp(HARD_BREAK, 'g');
const TARGET = new RegExp(LINK_TARGET, 'y');
const ADDRESS = new RegExp(`${URL_CHARACTER}+`, 'iy');
const LINE_TERMINATOR = /[\n\r\u2028\u2029]/;

const [opening, closing, backslash, lineFeed] = [0x5b, 0x5d, 0x5c, 0x0a];

const nowhere = { start: -1, end: -1 };
const noLink: { readonly until: number; readonly passed: readonly number[]; readonly end: number | undefined } = {
  until: -1,
  passed: [],
  end: undefined,
};

/**
 * Finds where inline Markdown ends that begins in a text. Asked at rising places, it looks at no character more than a
 * few times, whatever the text: a regular expression would look at the rest of the text again and again.
 */
export class InlineEnds {
  readonly #text: string;
  /** The paragraph that was looked at last. */
  #paragraph = nowhere;
  /** The text of a link that was looked at last: where the brackets in it end, and where it ends itself. */
  #link = noLink;
  #target: { readonly start: number; readonly end: number | undefined } = nowhere;
  #addressEnd = -1;

  constructor(text: string) {
    this.#text = text;
  }

  /** Behind the code whose one or two opening backticks end here; undefined where nothing in the paragraph closes it. */
  ofCode(start: number, ticks: number): number | undefined {
    for (let from = start; ; ) {
      const run = this.#text.indexOf('`', from);
      if (run < 0 || run > this.#paragraphEnd(start)) return undefined;
      for (from = run + 1; this.#text[from] === '`'; ) from += 1;
      if (from - run === ticks) return from;
    }
  }

  /** Behind `text](url)`, with one level of brackets in the text. */
  ofLink(start: number): number | undefined {
    const textEnd = this.#ofLinkText(start);
    if (textEnd === undefined) return undefined;
    if (this.#target.start !== textEnd) {
      TARGET.lastIndex = textEnd + 1;
      this.#target = { start: textEnd, end: TARGET.test(this.#text) ? TARGET.lastIndex : undefined };
    }
    return this.#target.end;
  }

  /** Behind the address of which this is a character. */
  ofAddress(at: number): number {
    if (at >= this.#addressEnd) {
      ADDRESS.lastIndex = at;
      ADDRESS.test(this.#text);
      this.#addressEnd = ADDRESS.lastIndex;
    }
    return this.#addressEnd;
  }

  /** The bracket that closes the text of a link. */
  #ofLinkText(start: number): number | undefined {
    const isKnown = start < this.#link.until;
    const known = (isKnown ? this.#link : noLink).passed;
    let next = firstIndex(known, (place) => place > start);
    const passed: number[] = [];
    const paragraphEnd = this.#paragraphEnd(start);
    let end: number | undefined;
    let at = start;
    while (at < paragraphEnd) {
      // From here on it is as it was the last time.
      while ((known[next] ?? at + 1) < at) next += 1;
      if (known[next] === at) return this.#link.end;

      const character = this.#text.charCodeAt(at);
      if (character === closing) {
        end = at;
        break;
      }
      if (character === backslash) {
        if (LINE_TERMINATOR.test(this.#text[at + 1] ?? '\n')) break;
        at += 2;
      } else if (character === opening) {
        const inner = this.#ofInnerBracket(at + 1);
        if (inner === undefined) break;
        at = inner;
        passed.push(at);
      } else {
        at += 1;
      }
    }
    if (!isKnown) this.#link = { until: at, passed, end };
    return end;
  }

  /** Behind the bracket that closes one within the text of a link; undefined where another one or a line end comes first. */
  #ofInnerBracket(start: number): number | undefined {
    for (let at = start; at < this.#text.length; at += 1) {
      const character = this.#text.charCodeAt(at);
      if (character === closing) return at + 1;
      if (character === opening || character === lineFeed) break;
    }
    return undefined;
  }

  #paragraphEnd(at: number): number {
    const { start, end } = this.#paragraph;
    if (at < start || at > end) {
      PARAGRAPH_END.lastIndex = at;
      this.#paragraph = { start: at, end: PARAGRAPH_END.exec(this.#text)?.index ?? this.#text.length };
    }
    return this.#paragraph.end;
  }
}
