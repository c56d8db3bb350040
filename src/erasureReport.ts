import { container } from '@sapphire/framework';
import type { Erased, Gathered } from '#core';

/** What the person reads of an erasing, behind a sentence of what was done: the counts, what could not be reached, what goes later. */
export function erasureReport(done: string, { results, failed }: Gathered<Erased>): string {
  const erased = Object.values(results);
  const lines = [`${done}${inBrackets(sum(erased.filter((each) => each !== 'later')))}.`];
  if (failed.length > 0)
    lines.push(`I could not reach what is kept by ${failed.join(' and ')}: please try again later.`);
  if (erased.includes('later') || container.database.state === 'degraded')
    lines.push('The database does not answer right now: what it holds of it goes as soon as it is back.');
  return lines.join('\n');
}

/** Counts as people read them: ` (exchanges: 3)`; nothing when there are none. */
export function inBrackets(counts: object): string {
  const parts = Object.entries(counts).map(([what, n]) => `${what}: ${n}`);
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`;
}

function sum(counts: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const total: Record<string, number> = {};
  for (const [what, n] of counts.flatMap((each) => Object.entries(each))) total[what] = (total[what] ?? 0) + n;
  return total;
}
