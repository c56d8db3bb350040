import { PerformanceObserver } from 'node:perf_hooks';
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

/**
 * Bytes of the young generation's two halves: V8 goes through it whenever one is full, so less takes more time; where all
 * of it is in use, twice as much stops the event loop for 20 ms.
 */
const young = 16 * 1_048_576;

/** By how much the old generation may grow until V8 goes through it; so less takes more time, too. */
const percentOfOld = 50;

/** Milliseconds: where V8 went through the young generation again so soon, it is too small for what there is to do. */
const soon = 500;

/**
 * What the bot keeps in memory is bounded; V8 would let young and old garbage grow to several times of it. It has to be
 * called before anything else is loaded, which would make the young generation as large as it can be.
 */
export function limitHeap(): void {
  setFlagsFromString(`--heap-growing-percent=${percentOfOld}`);
  setFlagsFromString('--semi-space-growth-factor=1');
  let atMost = young;
  let failedAt: number | undefined;
  const grow = (): void => {
    const before = youngGeneration();
    if (before >= atMost || doubleYoungGeneration()) return;
    // In a small container V8 has a lower limit of its own; once may have been chance.
    if (failedAt === before) atMost = before;
    failedAt = before;
  };
  // From 1 MiB, in steps of twice as much: never more often, whatever V8 makes of it.
  for (let step = 0; step < 8 && youngGeneration() < atMost; step += 1) grow();
  let last = Number.NEGATIVE_INFINITY;
  // V8 makes it small again whenever there is little to do.
  new PerformanceObserver((list) => {
    for (const { startTime } of list.getEntries()) {
      if (startTime - last < soon) grow();
      last = startTime;
    }
  }).observe({ entryTypes: ['gc'] });
}

/** V8 makes it larger by a factor where much of it is in use; no flag says to a V8 that runs how large at most. */
function doubleYoungGeneration(): boolean {
  const before = youngGeneration();
  const kept: number[][] = [];
  setFlagsFromString('--semi-space-growth-factor=2');
  for (let bytes = 0; bytes < 2 * before && youngGeneration() === before; bytes += 16 * 8_000)
    for (let count = 0; count < 16; count += 1) kept.push(Array(1_000).fill(0));
  setFlagsFromString('--semi-space-growth-factor=1');
  return youngGeneration() > before;
}

const youngGeneration = (): number =>
  getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space')?.space_size ?? Number.POSITIVE_INFINITY;
