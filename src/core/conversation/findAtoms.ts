import type { CodeFence } from './CodeFence.ts';
import { BARE_URL, DISCORD_TOKEN, ESCAPE, INLINE_CODE, LINE_MARKER, MASKED_LINK } from './markdown.ts';
import type { Span } from './Span.ts';

const IN_TEXT = new RegExp(
  [LINE_MARKER, ESCAPE, INLINE_CODE, MASKED_LINK, DISCORD_TOKEN, BARE_URL].map((source) => `(?:${source})`).join('|'),
  'gim',
);
const IN_CODE = new RegExp(BARE_URL, 'gi');
const WORD = /\S/g;

/** Finds what means something only as a whole (links, mentions, inline code, fences, …) and fits in one message. */
export function findAtoms(text: string, fences: readonly CodeFence[], limit: number): Span[] {
  const atoms: Span[] = [];
  let at = 0;
  for (const fence of fences) {
    collect(atoms, IN_TEXT, text, at, fence.start, limit);
    WORD.lastIndex = fence.contentStart;
    const firstOfCode = WORD.exec(text)?.index ?? text.length;
    if (firstOfCode < fence.contentEnd) {
      atoms.push({ start: fence.start, end: firstOfCode + 1 });
      collect(atoms, IN_CODE, text, firstOfCode + 1, fence.contentEnd, limit);
      if (fence.contentEnd < text.length) atoms.push({ start: fence.contentEnd, end: fence.end });
    } else {
      atoms.push({ start: fence.start, end: fence.end });
    }
    at = fence.end;
  }
  collect(atoms, IN_TEXT, text, at, text.length, limit);
  return atoms;
}

function collect(atoms: Span[], pattern: RegExp, text: string, from: number, to: number, limit: number): void {
  const section = text.slice(from, to);
  pattern.lastIndex = 0;
  for (let match = pattern.exec(section); match; match = pattern.exec(section)) {
    const [found] = match;
    if (found.length <= limit) {
      atoms.push({ start: from + match.index, end: from + pattern.lastIndex });
    } else if (found.includes('](')) {
      // The address of a link that is too long may still fit.
      pattern.lastIndex = match.index + 1;
    }
  }
}
