/** Rising numbers (one may come twice) as a short list that people can read: `['1-5', '7']`. */
export function toRanges(numbers: readonly number[]): string[] {
  const ranges: [first: number, last: number][] = [];
  for (const number of numbers) {
    const range = ranges.at(-1);
    if (range && number <= range[1] + 1) range[1] = number;
    else ranges.push([number, number]);
  }
  return ranges.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`));
}

/** The first and last number of a range as `toRanges` writes it; undefined for anything else. */
export function parseRange(range: string): { first: number; last: number } | undefined {
  const match = /^(\d{1,10})(?:-(\d{1,10}))?$/.exec(range);
  if (!match) return undefined;
  return { first: Number(match[1]), last: Number(match[2] ?? match[1]) };
}
