import { ESCAPE, INLINE_CODE, LIST_MARKER } from './markdown.ts';
import type { Span } from './Span.ts';

/** A code block between runs of backticks, and the lines that close and reopen it where a message ends inside it. */
export interface CodeFence extends Span {
  /** First character of the code: behind the line with the opening backticks. */
  contentStart: number;
  /** Where the closing backticks begin, or the end of the text. */
  contentEnd: number;
  opening: string;
  closing: string;
}

const MARKS = new RegExp(String.raw`\n|${ESCAPE}|${INLINE_CODE}|${'`'}{3,}`, 'g');
const INFO_LINE = /[^`\n]*(?:\n|$)/y;
const BLOCK_PREFIX = new RegExp(String.raw`^[ \t>]*(?:${LIST_MARKER})*$`);

/**
 * Finds the code blocks of a text the way Discord does: three or more backticks open one anywhere in a line, the next
 * run that is as long closes it, tildes do nothing. A block at the start of a line that is never closed runs to the end.
 * @see https://support.discord.com/hc/en-us/articles/210298617-Markdown-Text-101-Chat-Formatting-Bold-Italic-Underline
 */
export function findCodeFences(text: string, limit: number): CodeFence[] {
  const fences: CodeFence[] = [];
  const runs = Array.from(text.matchAll(/`{3,}/g), ({ index, 0: ticks }) => ({ start: index, length: ticks.length }));
  let nextRun = 0;
  let lineStart = 0;
  MARKS.lastIndex = 0;
  for (let match = runs.length ? MARKS.exec(text) : null; match; match = MARKS.exec(text)) {
    const [mark] = match;
    const afterMark = MARKS.lastIndex;
    if (mark === '\n') lineStart = afterMark;
    if (!mark.startsWith('```')) continue;

    while ((runs[nextRun]?.start ?? text.length) < afterMark) nextRun++;
    let closer = nextRun;
    while ((runs[closer]?.length ?? mark.length) < mark.length) closer++;
    const closing = runs[closer];
    const prefix = text.slice(lineStart, match.index);
    const startsLine = BLOCK_PREFIX.test(prefix);
    if (!closing && !startsLine) continue;

    // Behind the text where nothing closes it, so that a cut at the text's end is still inside.
    const end = closing ? closing.start + closing.length : text.length + 1;
    const form = fenceForm(text, afterMark, mark, startsLine ? prefix : '', limit);
    if (form) fences.push({ start: match.index, contentEnd: closing?.start ?? text.length, end, ...form });
    MARKS.lastIndex = end;
  }
  return fences;
}

function fenceForm(text: string, afterTicks: number, ticks: string, prefix: string, limit: number) {
  INFO_LINE.lastIndex = afterTicks;
  const info = INFO_LINE.exec(text)?.[0] ?? '';
  const closing = prefix.replace(/[^\s>]/g, ' ') + ticks;
  const opening = closing + info.trimEnd();
  if (opening.length + closing.length + 2 <= limit / 2)
    return { opening, closing, contentStart: afterTicks + info.length };
  // Too much to repeat in every message: the info string counts as code, as which Discord shows most of them anyway.
  return ticks.length + 1 <= limit / 4 ? { opening: ticks, closing: ticks, contentStart: afterTicks } : undefined;
}
