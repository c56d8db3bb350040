import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

/** Bytes of each half of the young generation: V8 goes through it whenever it is full, so less takes more time. */
const halfOfYoung = 8 * 1_048_576;

/** By how much the old generation may grow until V8 goes through it; so less takes more time, too. */
const percentOfOld = 50;

/**
 * What the bot keeps in memory is bounded; V8 would let young and old garbage grow to several times of it. It has to be
 * called before anything else is loaded, which would make the young generation as large as it can be.
 */
export function limitHeap(): void {
  const kept: number[][] = [];
  // It grows where much of it is in use; how far, no flag says to a V8 that runs, only that it is far enough. In a small
  // container it never is.
  for (let tries = 0; tries < 2_000 && youngGeneration() < 2 * halfOfYoung; tries += 1) kept.push(Array(1_000).fill(0));
  for (const flag of ['--semi-space-growth-factor=1', `--heap-growing-percent=${percentOfOld}`])
    setFlagsFromString(flag);
}

const youngGeneration = (): number =>
  getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space')?.space_size ?? Number.POSITIVE_INFINITY;
