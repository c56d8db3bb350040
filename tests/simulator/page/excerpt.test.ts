import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { excerpt } from '../../../src/simulator/page/excerpt.js';

const nameOf = (id: string) => (id === '200000000000000001' ? 'Ada' : undefined);

describe('the beginning of a message', () => {
  it.each([
    ['is one line', 'one\n\n  two\tthree ', 'one two three'],
    ['has no marks', '# A **b _c_** ~~d~~ `e`\n> f\n-# g', 'A b c d e f g'],
    ['reads lists and code', '- a\n- b\n```js\nc;\nd;\n```', 'a b c; d;'],
    ['names people', '<@200000000000000001> and <@!200000000000000009>', '@Ada and @unknown-user'],
    ['words times', '<t:0:R>', expect.stringMatching(/years ago$/)],
    ['shows a link by its words', '[here](https://example.com) https://example.org', 'here https://example.org'],
    ['hides what is hidden', 'the murderer is ||the **butler**||!', 'the murderer is [spoiler]!'],
    ['leaves HTML as it was typed', '<img src=x onerror=alert(1)>', '<img src=x onerror=alert(1)>'],
    ['is empty when there is no text', ' \n', ''],
  ])('%s', (_what, text, shown) => {
    expect(excerpt(text, nameOf)).toEqual(shown);
  });

  it('is all of a short text and ends with an ellipsis after 200 characters, none of which is cut', () => {
    expect(excerpt('😀'.repeat(200), nameOf)).toBe('😀'.repeat(200));
    expect(excerpt('😀'.repeat(201), nameOf)).toBe(`${'😀'.repeat(199)}…`);
  });

  it('is a short line, whatever was written', () => {
    const written = fc.string({
      unit: fc.constantFrom('a', ' ', '\n', '*', '|', '`', '>', '-', '<', '@', '1', '\ud83d'),
    });
    fc.assert(
      fc.property(written, (text) => {
        const line = excerpt(text, nameOf);
        expect(line).not.toMatch(/\n|\s{2}/);
        expect([...line].length).toBeLessThanOrEqual(200);
      }),
    );
  });
});
