import { PerformanceObserver } from 'node:perf_hooks';
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

/** Bytes of each half of the young generation: V8 goes through it whenever it is full, so less takes more time. */
const halfOfYoung = 16 * 1_048_576;

/** By how much the old generation may grow until V8 goes through it; so less takes more time, too. */
const percentOfOld = 100;

/**
 * What the bot keeps in memory is bounded; V8 would let young and old garbage grow to several times of it. It has to be
 * called before anything else is loaded, which would make the young generation as large as it can be.
 */
export function limitHeap(): void {
  const kept: number[][] = [];
  // It grows where much of it is in use; how far, no flag says to a V8 that runs, only by which factor. In a small
  // container it is never large enough.
  for (let tries = 0; tries < 4_000 && !isLargeEnough(); tries += 1) kept.push(Array(1_000).fill(0));
  setFlagsFromString(`--heap-growing-percent=${percentOfOld}`);
  let wasLargeEnough: boolean | undefined;
  const limit = (): void => {
    const isNow = isLargeEnough();
    if (isNow === wasLargeEnough) return;
    wasLargeEnough = isNow;
    setFlagsFromString(`--semi-space-growth-factor=${isNow ? 1 : 2}`);
  };
  limit();
  // V8 makes it small again whenever there is little to do.
  new PerformanceObserver(limit).observe({ entryTypes: ['gc'] });
}

const isLargeEnough = (): boolean =>
  getHeapSpaceStatistics().some(
    ({ space_name: name, space_size: bytes }) => name === 'new_space' && bytes >= 2 * halfOfYoung,
  );
