import { limitHeap } from '../../src/limitHeap.ts';
import { median } from './statistics.ts';

const usualRuns = 3;

/** What the bot does that could keep its event loop, and for how long each did at most, in milliseconds: the median of a few runs. */
export async function measureBlocking(): Promise<
  { what: string; longest: number; worked: number; collector: number }[]
> {
  // Loaded here, so that what comes before comes before everything.
  const [{ makeCases }, { longestBlock }] = await Promise.all([
    import('./blocking/cases.ts'),
    import('./blocking/longestBlock.ts'),
  ]);
  await using parts = new AsyncDisposableStack();
  const results: { what: string; longest: number; worked: number; collector: number }[] = [];
  for (const { what, runs = usualRuns, prepare, run } of await makeCases(parts)) {
    const measured: Awaited<ReturnType<typeof longestBlock>>[] = [];
    for (let count = 0; count < runs; count += 1) {
      await prepare?.();
      measured.push(await longestBlock(run));
    }
    const of = (figure: 'longest' | 'worked' | 'collector'): number => median(measured.map((each) => each[figure]));
    results.push({ what, longest: of('longest'), worked: of('worked'), collector: of('collector') });
  }
  return results;
}

if (import.meta.main) {
  // As the bot itself does.
  limitHeap();
  const say = (line: string): unknown => process.stdout.write(`${line}\n`);
  say('    blocked   of it work   collector');
  for (const { what, longest, worked, collector } of await measureBlocking())
    say(`${[longest, worked, collector].map((time) => `${time.toFixed(1).padStart(8)} ms`).join(' ')}   ${what}`);
}
