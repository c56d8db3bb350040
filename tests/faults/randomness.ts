import { onTestFailed } from 'vitest';

/** Numbers from 0 to below 1 for one test, others each time; a test that fails tells how to have them again. */
export function randomness(seed = Number(process.env.FAULT_SEED ?? Date.now() % 2 ** 31)): () => number {
  onTestFailed(() => void process.stderr.write(`The same once more: FAULT_SEED=${seed}\n`));
  let state = seed;
  // Mulberry32: https://github.com/cprosche/mulberry32
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
