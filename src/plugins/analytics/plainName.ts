/** Letters of a name that are shown at most. */
const longest = 32;
const letters = new Intl.Segmenter('en', { granularity: 'grapheme' });

/**
 * A name that somebody chose, to be shown as it is: as code, in which Discord sees neither Markdown nor mentions, without
 * what would end the code, break the line or turn the direction of what follows, and not too long.
 */
export function plainName(name: string): string {
  const plain = name
    .replaceAll('`', 'ˋ')
    .replaceAll(/\s+/gu, ' ')
    .replaceAll(/[\p{Cc}\p{Cs}\p{Co}\p{Cn}\u061C\u200B\u200E\u200F\u202A-\u202E\u2060-\u206F\uFEFF]/gu, '')
    .trim();
  const shown = [...letters.segment(plain)].map(({ segment }) => segment);
  if (shown.length === 0) return '(no name)';
  const cut = shown.length > longest ? `${shown.slice(0, longest - 1).join('')}…` : shown.join('');
  // A letter may carry any number of accents; the last one may be cut in two.
  return `\`${cut.slice(0, 4 * longest).replace(/[\uD800-\uDBFF]$/, '')}\``;
}
