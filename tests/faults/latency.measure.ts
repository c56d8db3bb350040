import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { FaultBench } from './FaultBench.ts';

/** The times from a message to its answer, in milliseconds, smallest first: so many messages at 40 a second. */
async function times(bench: FaultBench, count: number): Promise<number[]> {
  const people = bench.people(count);
  const answers = people.map(async (person, index) => {
    await delay(index * 25);
    const asked = performance.now();
    await person.asks('How long does this take?');
    return performance.now() - asked;
  });
  return (await Promise.all(answers)).sort((a, b) => a - b);
}

const at = (sorted: readonly number[], share: number): number => sorted[Math.floor(sorted.length * share)] ?? 0;
const show = (sorted: readonly number[]): string =>
  `p50 ${at(sorted, 0.5).toFixed(0)} ms, p99 ${at(sorted, 0.99).toFixed(0)} ms, longest ${(sorted.at(-1) ?? 0).toFixed(0)} ms`;

it.each([
  ['is killed', (bench: FaultBench) => bench.killPostgres()],
  ['freezes', (bench: FaultBench) => bench.postgres.pause()],
])('answers as quickly as before once it knows that the database %s', async (_what, fail) => {
  const timeout = 2_000;
  await using bench = await FaultBench.start({ environment: { DB_QUERY_TIMEOUT: String(timeout) } });
  await times(bench, 100);
  const connected = await times(bench, 400);
  await fail(bench);
  const discovery = await times(bench, 1);
  await times(bench, 100);
  const away = await times(bench, 400);
  await bench.postgres.resume();
  process.stdout.write(`connected: ${show(connected)}; first message: ${show(discovery)}; away: ${show(away)}\n`);
  // A machine that is busy with other things adds its own part to each.
  expect(discovery[0]).toBeLessThan(timeout + 1_000);
  expect(at(away, 0.99)).toBeLessThan(at(connected, 0.99) + 50);
});
