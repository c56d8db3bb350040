import { InlineEnds } from './InlineEnds.ts';
import { CODE_OPENING, ESCAPE, LIST_MARKER } from './markdown.ts';
import { firstIndex, type Span } from './Span.ts';
import { stepsBetweenYields } from './stepsBetweenYields.ts';

/** A code block between runs of backticks, and the lines that close and reopen it where a message ends inside it. */
export interface CodeFence extends Span {
  /** First character of the code: behind the line with the opening backticks. */
  contentStart: number;
  /** Where the closing backticks begin, or the end of the text. */
  contentEnd: number;
  opening: string;
  closing: string;
}

const MARKS = new RegExp(`${ESCAPE}|${CODE_OPENING}|\`{3,}`, 'g');
const backtick = 0x60;
const INFO_LINE = /[^`\n]*(?:\n|$)/y;
const BLOCK_PREFIX = new RegExp(String.raw`^[ \t>]*(?:${LIST_MARKER})*$`);

/**
 * Finds the code blocks of a text the way Discord does: three or more backticks open one anywhere in a line, the next
 * run that is as long closes it, tildes do nothing. A block at the start of a line that is never closed runs to the end.
 * Yields now and then, so that others can have their turn.
 * @see https://support.discord.com/hc/en-us/articles/210298617-Markdown-Text-101-Chat-Formatting-Bold-Italic-Underline
 */
export function* findCodeFences(text: string, limit: number): Generator<undefined, CodeFence[]> {
  const fences: CodeFence[] = [];
  if (!text.includes('```')) return fences;
  const runs = longestRuns(text);
  const ends = new InlineEnds(text);
  let at = 0;
  for (let steps = 1; ; steps += 1) {
    if (steps % stepsBetweenYields === 0) yield;
    MARKS.lastIndex = at;
    const match = MARKS.exec(text);
    if (!match) return fences;
    const { 0: mark, index: start } = match;
    const afterMark = MARKS.lastIndex;
    const lastMark = at;
    at = afterMark;
    if (mark.length < 3) {
      if (mark.startsWith('`')) at = ends.ofCode(afterMark, mark.length) ?? afterMark;
      continue;
    }

    const prefix = linePrefix(text, lastMark, start);
    const lastCloser = runs[firstIndex(runs, ({ length }) => length >= mark.length)];
    const isClosed = lastCloser !== undefined && lastCloser.start >= afterMark;
    if (!isClosed && prefix === undefined) continue;

    const contentEnd = isClosed ? text.indexOf(mark, afterMark) : text.length;
    // Behind the text where nothing closes it, so that a cut at the text's end is still inside.
    at = isClosed ? endOfRun(text, contentEnd) : text.length + 1;
    const form = fenceForm(text, afterMark, mark, prefix ?? '', limit);
    if (form) fences.push({ start, contentEnd, end: at, ...form });
  }
}

/** Runs of backticks that are longer than all behind them, the last one first. */
function longestRuns(text: string): { start: number; length: number }[] {
  const runs: { start: number; length: number }[] = [];
  let longest = 2;
  for (let end = text.length; end > 0; end -= 1) {
    const start = startOfRun(text, end);
    if (end - start > longest) {
      longest = end - start;
      runs.push({ start, length: longest });
    }
    if (start < end) end = start;
  }
  return runs;
}

function startOfRun(text: string, end: number): number {
  let start = end;
  while (start > 0 && text.charCodeAt(start - 1) === backtick) start -= 1;
  return start;
}

function endOfRun(text: string, start: number): number {
  let end = start;
  while (text.charCodeAt(end) === backtick) end += 1;
  return end;
}

/** What stands before a mark in its line, where it begins a block; another mark in that line would be no part of it. */
function linePrefix(text: string, lastMark: number, start: number): string | undefined {
  const between = text.slice(lastMark, start);
  const newline = between.lastIndexOf('\n');
  if (newline < 0 && lastMark > 0) return undefined;
  const prefix = between.slice(newline + 1);
  return BLOCK_PREFIX.test(prefix) ? prefix : undefined;
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
