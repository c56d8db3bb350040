import type { CodeFence } from './CodeFence.ts';
import { InlineEnds } from './InlineEnds.ts';
import { CODE_OPENING, DISCORD_TOKEN, ESCAPE, LINE_MARKER, LINK_OPENING, URL_OPENING } from './markdown.ts';
import { NumberTable } from './NumberTable.ts';
import { stepsBetweenYields } from './stepsBetweenYields.ts';

const IN_TEXT = new RegExp(
  [LINE_MARKER, ESCAPE, CODE_OPENING, LINK_OPENING, DISCORD_TOKEN, URL_OPENING]
    .map((source) => `(?:${source})`)
    .join('|'),
  'gim',
);
const IN_CODE = new RegExp(URL_OPENING, 'gi');
const WORD = /\S/g;

/**
 * Finds what means something only as a whole (links, mentions, inline code, fences, …) and fits in one message: where
 * each starts and ends, in order. Yields now and then, so that others can have their turn.
 */
export function* findAtoms(
  text: string,
  fences: readonly CodeFence[],
  limit: number,
): Generator<undefined, NumberTable> {
  const atoms = new NumberTable(2);
  let at = 0;
  for (const [index, fence] of fences.entries()) {
    if (index % stepsBetweenYields === 0) yield;
    yield* collect(atoms, IN_TEXT, text, at, fence.start, limit);
    WORD.lastIndex = fence.contentStart;
    const firstOfCode = WORD.exec(text)?.index ?? text.length;
    if (firstOfCode < fence.contentEnd) {
      atoms.add(fence.start, firstOfCode + 1);
      yield* collect(atoms, IN_CODE, text, firstOfCode + 1, fence.contentEnd, limit);
      if (fence.contentEnd < text.length) atoms.add(fence.contentEnd, fence.end);
    } else {
      atoms.add(fence.start, fence.end);
    }
    at = fence.end;
  }
  yield* collect(atoms, IN_TEXT, text, at, text.length, limit);
  return atoms;
}

function* collect(
  atoms: NumberTable,
  pattern: RegExp,
  text: string,
  from: number,
  to: number,
  limit: number,
): Generator<undefined> {
  if (from >= to) return;
  const section = text.slice(from, to);
  const ends = new InlineEnds(section);
  let at = 0;
  for (let steps = 1; ; steps += 1) {
    if (steps % stepsBetweenYields === 0) yield;
    pattern.lastIndex = at;
    const match = pattern.exec(section);
    if (!match) return;
    const { 0: opening, index } = match;
    const end = endOf(opening, pattern.lastIndex, ends);
    const fits = end !== undefined && end - index <= limit;
    if (fits) atoms.add(from + index, from + end);
    // The address of a link that is too long may still fit.
    at = end !== undefined && (fits || !section.slice(index, end).includes('](')) ? end : index + 1;
  }
}

/** Where the whole ends that has this opening; undefined where it is only text. */
function endOf(opening: string, afterOpening: number, ends: InlineEnds): number | undefined {
  if (opening.startsWith('`')) return ends.ofCode(afterOpening, opening.length);
  if (opening.endsWith('[') && !opening.startsWith('\\')) return ends.ofLink(afterOpening);
  return opening.endsWith('://') ? ends.ofAddress(afterOpening) : afterOpening;
}
