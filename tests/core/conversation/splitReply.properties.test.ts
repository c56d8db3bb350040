import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splitLongReply, splitReply } from '../../../src/core/conversation/splitReply.ts';
import { atomicWord, codeBlock, markdownReply, openFence, outsideFences } from './markdownReplies.ts';

const withoutWhitespace = (text: string) => text.replace(/\s/g, '');

describe('splitReply, for any reply', () => {
  const limits = fc.integer({ min: 60, max: 300 });
  const soup = fc
    .array(
      fc.oneof(
        fc.constantFrom('`', '``', '```', '````', '~~~', '\n', '\n\n', ' ', '- ', '> ', '[', '](', ')', '<', '>', '\\'),
        fc.constantFrom('https://a.b/', '😀', '\ud83d', '\ude00', '\u200d', '\u0301', '🇩🇪', '。', '. ', '\r\n', '\t'),
        fc.string({ unit: 'grapheme' }),
        fc.string({ minLength: 20, maxLength: 80 }),
      ),
      { maxLength: 80 },
    )
    .map((pieces) => pieces.join(''));

  it('sends messages within the limit, none of them blank', () => {
    fc.assert(
      fc.property(fc.oneof(markdownReply, soup), limits, (text, limit) => {
        for (const part of splitReply(text, limit)) {
          expect(part.length).toBeLessThanOrEqual(limit);
          expect(part.trim()).not.toBe('');
        }
      }),
    );
  });

  it('loses nothing but whitespace and adds nothing but fences', () => {
    fc.assert(
      fc.property(markdownReply, limits, (text, limit) => {
        const sent = splitReply(text, limit).map(outsideFences).join('\n');
        expect(withoutWhitespace(sent)).toBe(withoutWhitespace(outsideFences(text)));
      }),
    );
  });

  it('loses nothing but whitespace where there is no code', () => {
    fc.assert(
      fc.property(
        soup.map((text) => text.replaceAll('`', '')),
        limits,
        (text, limit) => {
          expect(withoutWhitespace(splitReply(text, limit).join(''))).toBe(withoutWhitespace(text));
        },
      ),
    );
  });

  it('leaves no code block open at the end of a message', () => {
    fc.assert(
      fc.property(markdownReply, limits, (text, limit) => {
        for (const part of splitReply(text, limit)) expect(openFence(part)).toBeUndefined();
      }),
    );
  });

  it('shows every line of code in a block of its own language', () => {
    fc.assert(
      fc.property(codeBlock, limits, (text, limit) => {
        const [opening] = text.split('\n');
        for (const part of splitReply(text, limit)) expect(part.split('\n')[0]).toBe(opening);
      }),
    );
  });

  it('tears no surrogate pair and no grapheme cluster', () => {
    const words = fc.string({ unit: 'grapheme', minLength: 100, maxLength: 500 });
    const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });
    const clusters = (text: string) => Array.from(graphemes.segment(text), ({ segment }) => segment);
    const visible = (texts: string[]) => texts.flatMap(clusters).filter((cluster) => cluster.trim() !== '');
    fc.assert(
      fc.property(
        words.map((text) => text.replaceAll('`', '')),
        limits,
        (text, limit) => {
          const parts = splitReply(text, limit);
          expect(parts.every((part) => part.isWellFormed())).toBe(text.isWellFormed());
          expect(visible(parts)).toEqual(visible([text]));
        },
      ),
    );
  });

  it('cuts no link, mention or inline code that fits', () => {
    const pieces = fc.array(fc.oneof(atomicWord, fc.constantFrom('word', 'sentence.', 'x'.repeat(90))), {
      minLength: 5,
    });
    fc.assert(
      fc.property(pieces, limits, (words, limit) => {
        const parts = splitReply(words.join(' '), limit).join('\n');
        for (const word of words) if (word.length < 60) expect(parts).toContain(word);
      }),
    );
  });

  const soupWithoutBlocks = soup.map((text) => text.replace(/`{3,}/g, '``'));
  it('does not split a message again', () => {
    fc.assert(
      fc.property(fc.oneof(markdownReply, soupWithoutBlocks), limits, (text, limit) => {
        for (const part of splitReply(text, limit)) expect(splitReply(part, limit)).toEqual([part]);
      }),
    );
  });

  it('splits it into the same messages while others have their turn', async () => {
    const limit = 300;
    const text = fc.sample(fc.oneof(markdownReply, soup), { numRuns: 1500, seed: 1 }).join('\n\n');
    let turns = 0;
    const count = setInterval(() => {
      turns += 1;
    }, 0);
    const parts = await splitLongReply(text, limit);
    clearInterval(count);
    expect(parts).toEqual(splitReply(text, limit));
    expect(turns).toBeGreaterThan(0);
  });
});
