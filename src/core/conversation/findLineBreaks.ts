import type { CodeFence } from './CodeFence.ts';
import { LIST_MARKER } from './markdown.ts';
import { NumberTable } from './NumberTable.ts';
import { stepsBetweenYields } from './stepsBetweenYields.ts';

/** A line end where a message may end, blank lines around it included. */
export interface LineBreak {
  /** End of the text in front of it. */
  at: number;
  /** Start of the next line that is not blank. */
  next: number;
  /** Whether blank lines lie between. */
  blank: boolean;
  /** Whether a cut here would tear a list item or a code block, or leave a heading behind. */
  inner: boolean;
}

const WORD = /\S/g;
const LIST_ITEM = new RegExp(String.raw`^[ \t>]*${LIST_MARKER}`);
const HEADING = /^(?:#{1,3}|-#)[ \t]/;

/**
 * Finds the line ends of a text, in order; none directly behind the opening line of a code block: rows of what `toLineBreak`
 * reads. Yields now and then, so that others can have their turn.
 */
export function* findLineBreaks(text: string, fences: readonly CodeFence[]): Generator<undefined, NumberTable> {
  const breaks = new NumberTable(4);
  let previous: { end: number; heading: boolean; lineEnd: number } | undefined;
  let inListItem = false;
  let fenceIndex = 0;
  for (let [from, steps] = [0, 1]; from < text.length; steps += 1) {
    if (steps % stepsBetweenYields === 0) yield;
    // Blank lines may be many.
    WORD.lastIndex = from;
    if (!WORD.test(text)) break;
    const word = WORD.lastIndex - 1;
    const start = from + text.slice(from, word).lastIndexOf('\n') + 1;
    const newline = text.indexOf('\n', word);
    const lineEnd = newline < 0 ? text.length : newline;
    const line = text.slice(start, lineEnd).trimEnd();
    while ((fences[fenceIndex]?.end ?? Number.POSITIVE_INFINITY) <= start) fenceIndex++;
    const fence = fences[fenceIndex];
    const inFence = fence !== undefined && fence.start < start;
    const startsItem: boolean = !inFence && LIST_ITEM.test(line);
    const continuesItem: boolean = inListItem && !startsItem && /^[ \t]/.test(line);
    if (!inFence) inListItem = startsItem || continuesItem;

    const opensCode = inFence && start <= fence.contentStart;
    if (previous && !opensCode) {
      const inner = inFence || continuesItem || previous.heading;
      breaks.add(previous.end, start, Number(start > previous.lineEnd + 1), Number(inner));
    }
    previous = { end: start + line.length, heading: !inFence && HEADING.test(line), lineEnd };
    from = lineEnd + 1;
  }
  return breaks;
}

export const toLineBreak = (breaks: NumberTable, row: number): LineBreak => ({
  at: breaks.at(row, 0),
  next: breaks.at(row, 1),
  blank: breaks.at(row, 2) === 1,
  inner: breaks.at(row, 3) === 1,
});
