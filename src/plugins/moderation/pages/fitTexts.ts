/** Texts so cut that all of them together have at most so many characters; the longest ones give way first. */
export function fitTexts(texts: readonly string[], room: number): string[] {
  const limits = new Map<number, number>();
  let left = Math.max(0, room);
  const byLength = texts.map((text, index) => ({ index, length: text.length })).sort((a, b) => a.length - b.length);
  for (const [place, { index, length }] of byLength.entries()) {
    const limit = Math.min(length, Math.floor(left / (texts.length - place)));
    limits.set(index, limit);
    left -= limit;
  }
  return texts.map((text, index) => cut(text, limits.get(index) ?? 0));
}

function cut(text: string, limit: number): string {
  if (text.length <= limit) return text;
  // Neither half a character nor half an escape at the end.
  return limit === 0 ? '' : `${text.slice(0, limit - 1).replace(/[\uD800-\uDBFF\\\s]+$/, '')}…`;
}
