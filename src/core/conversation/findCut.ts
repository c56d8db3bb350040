import type { LineBreak } from './findLineBreaks.ts';
import type { ReplyLayout } from './ReplyLayout.ts';

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });
// Begins at the first mark only: from each of many in a row it would look at the rest of them.
const SENTENCE_END = /(?<![.!?…])[.!?…]+["'”’»)\]*_~|]*(?=\s)|[。！？]+[」』”’）]*/g;
const SPACE = /\s+/g;

/**
 * Finds where the message that begins at `from` ends best: behind a paragraph, a line, a sentence, a word, at worst
 * anywhere. The better places count where they leave the message at least half full, or keep whole what comes next.
 */
export function findCut(layout: ReplyLayout, from: number): number {
  const { text, limit } = layout;
  if (layout.fits(from, text.length)) return text.length;

  const firstWord = from + text.slice(from).search(/\S/);
  const half = from + limit / 2;
  // Some more than the limit, so that the last grapheme cluster is seen whole.
  const window = graphemes.segment(text.slice(from, from + limit + 64));
  const graphemeAt = (at: number) => from + (window.containing(at - from)?.index ?? at - from);
  const tearsNothing = (at: number) => {
    if (at <= firstWord || !layout.fits(from, at) || layout.atomAround(at)) return false;
    const next = layout.startAfter(at);
    return graphemeAt(next) === next;
  };

  const lines = layout.lineBreaksBetween(from, from + limit);
  const lastLine = (isGood: (line: LineBreak) => boolean) =>
    lines.findLast((line) => isGood(line) && tearsNothing(line.at));
  const lastBlock = lastLine(({ inner }) => !inner);
  const line =
    lastLine(({ at, blank, inner }) => at >= half && blank && !inner) ??
    (lastBlock && (lastBlock.at >= half || layout.fitsBlockAt(lastBlock.next)) ? lastBlock : undefined) ??
    lastLine(({ at, blank }) => at >= half && blank) ??
    lastLine(({ at }) => at >= half);
  if (line) return line.at;

  const near = text.slice(from, from + limit + 1);
  const sentenceEnds = [...near.matchAll(SENTENCE_END)].map(({ index, 0: end }) => from + index + end.length);
  const spaces = [...near.matchAll(SPACE)].map(({ index }) => from + index);
  const words = sentenceEnds.findLast((at) => at >= half && tearsNothing(at)) ?? spaces.findLast(tearsNothing);
  if (words) return words;

  const full = layout.fullestCut(from);
  const atom = layout.atomAround(full);
  const beforeAtom = atom && atom.start > firstWord ? atom.start : full;
  const beforeGrapheme = graphemeAt(beforeAtom);
  if (beforeGrapheme > firstWord) return beforeGrapheme;
  const tearsSurrogates = (text.codePointAt(beforeAtom - 1) ?? 0) > 0xffff;
  return Math.max(firstWord + 1, tearsSurrogates ? beforeAtom - 1 : beforeAtom);
}
