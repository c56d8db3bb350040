import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cleanText } from '../../../src/core/conversation/cleanText.ts';

describe('cleanText', () => {
  it('removes NUL characters', () => {
    expect(cleanText('a\0b\0\0')).toBe('ab');
  });

  it('replaces lone surrogates and keeps pairs', () => {
    expect(cleanText('\ud83d! \u{1f600} !\ude00')).toBe('\ufffd! \u{1f600} !\ufffd');
  });

  it('joins the halves of a surrogate pair that a NUL kept apart', () => {
    expect(cleanText('\ud83d\0\ude00')).toBe('\u{1f600}');
  });

  it('leaves other control characters and line ends alone', () => {
    expect(cleanText('\t1\r\n\u00012\u007f')).toBe('\t1\r\n\u00012\u007f');
  });

  it('gives text that PostgreSQL can hold, and changes nothing else', () => {
    const unit = fc.oneof(fc.constantFrom('\0', '\ud83d', '\ude00', '\u{1f600}'), fc.string({ unit: 'binary' }));
    fc.assert(
      fc.property(fc.array(unit), (units) => {
        const text = units.join('');
        const cleaned = cleanText(text);
        expect(cleaned).not.toContain('\0');
        expect(cleaned.isWellFormed()).toBe(true);
        expect(cleanText(cleaned)).toBe(cleaned);
        expect(cleaned).toBe(Buffer.from(text.split('\0').join('')).toString());
      }),
    );
  });
});
