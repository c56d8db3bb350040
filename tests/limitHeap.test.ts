import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const limitHeap = new URL('../src/limitHeap.ts', import.meta.url).href;

/** MB of the young generation: at first, when V8 has made it small, behind a long piece of work, and when much is in use. */
const script = `
  import { setImmediate as turn } from 'node:timers/promises';
  import { getHeapSpaceStatistics } from 'node:v8';
  import { limitHeap } from '${limitHeap}';
  const megabytes = () =>
    Math.round(getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space').space_size / 1_048_576);
  const fill = (count) => Array.from({ length: count }, () => Array(1_000).fill(0));
  limitHeap();
  const sizes = [megabytes()];
  gc({ type: 'major', execution: 'sync', flavor: 'last-resort' });
  sizes.push(megabytes());
  await turn();
  fill(20_000);
  sizes.push(megabytes());
  for (let round = 0; round < 2_000; round += 1) {
    globalThis.inUse = fill(200);
    await turn();
  }
  sizes.push(megabytes());
  process.stdout.write(JSON.stringify(sizes));
`;

it.each([
  ['', 16],
  ['--max-semi-space-size=4', 8],
])('bounds the young generation, also when V8 has made it small for want of work: %s', async (limit, most) => {
  const options = ['--expose-gc', ...(limit ? [limit] : []), '--input-type=module', '--eval', script];
  const { stdout } = await promisify(execFile)(process.execPath, options, { env: {}, timeout: 30_000 });
  const [first = 0, small = 0, behindWork = 0, last = 0] = JSON.parse(stdout) as number[];
  expect(first).toBe(most);
  expect(small).toBeLessThan(first);
  expect(behindWork).toBeLessThanOrEqual(most);
  expect(last).toBe(most);
});
