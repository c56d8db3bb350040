import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InlineEnds } from '../../../src/core/conversation/InlineEnds.ts';

const { raw } = String;
const softBreak = raw`\n(?=[ \t]*[^\s\x60\-*+>#\d])`;
// What is meant, plainly; on a text that is made for it, each would look at the whole text from each of its characters.
const code = new RegExp(raw`(?<!\x60)(\x60{1,2})(?!\x60)(?:[^\n]|${softBreak})*?(?<!\x60)\1(?!\x60)`, 'y');
const link = new RegExp(
  [
    raw`\[(?:[^\[\]\\\n]|\\.|${softBreak}|\[[^\[\]\n]*\])*\]`,
    raw`\((?:<[^<>\n]*>|(?:[^()\s]|\([^()\s]*\))*)(?:[ \t]+(?:"[^"\n]*"|'[^'\n]*'))?\)`,
  ].join(''),
  'y',
);

const soupOf = (...pieces: string[]) =>
  fc.array(fc.constantFrom(...pieces), { maxLength: 60 }).map((chosen) => chosen.join(''));

function endOf(pattern: RegExp, text: string, start: number): number | undefined {
  pattern.lastIndex = start;
  return pattern.test(text) ? pattern.lastIndex : undefined;
}

describe('the end of inline Markdown, in any text', () => {
  it('is behind the closing backticks of code', () => {
    fc.assert(
      fc.property(soupOf('`', '``', '```', 'a', ' ', '\\', '\n', '\nb', '\n- ', '\n\n'), (text) => {
        const ends = new InlineEnds(text);
        for (const { index, 0: ticks } of text.matchAll(/(?<!`)`{1,2}(?!`)/g))
          expect(ends.ofCode(index + ticks.length, ticks.length)).toBe(endOf(code, text, index));
      }),
      { numRuns: 500 },
    );
  });

  it('is behind the target of a link', () => {
    const pieces = [
      '[',
      ']',
      '[x]',
      '[x\\]',
      '](',
      '](y)',
      ')',
      '(',
      '\\',
      'a',
      ' "t"',
      " 't'",
      '<',
      '>',
      '\n',
      '\nb',
      '\n\n',
    ];
    fc.assert(
      fc.property(soupOf(...pieces), (text) => {
        const ends = new InlineEnds(text);
        // An escaped bracket opens nothing.
        for (const { index, 0: mark } of text.matchAll(/\\[^\sA-Za-z0-9]|\[/g))
          if (mark === '[') expect(ends.ofLink(index + 1)).toBe(endOf(link, text, index));
      }),
      { numRuns: 1000 },
    );
  });

  it('is behind the last character of an address', () => {
    const ends = new InlineEnds('see https://a.b/c](https://d.e, 漢字');
    expect([12, 20, 28].map((at) => ends.ofAddress(at))).toEqual([31, 31, 31]);
  });
});
