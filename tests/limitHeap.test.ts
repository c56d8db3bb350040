import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const limitHeap = new URL('../src/limitHeap.ts', import.meta.url).href;

/** MB of the young generation: as it begins, when V8 has made it small, and when much is in use again. */
const script = `
  import { setImmediate as turn } from 'node:timers/promises';
  import { getHeapSpaceStatistics } from 'node:v8';
  import { limitHeap } from '${limitHeap}';
  const megabytes = () =>
    Math.round(getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space').space_size / 1_048_576);
  limitHeap();
  const sizes = [megabytes()];
  gc({ type: 'major', execution: 'sync', flavor: 'last-resort' });
  sizes.push(megabytes());
  await turn();
  for (let round = 0; round < 2_000; round += 1) {
    globalThis.inUse = Array.from({ length: 200 }, () => Array(1_000).fill(round));
    await turn();
  }
  sizes.push(megabytes());
  process.stdout.write(JSON.stringify(sizes));
`;

it('bounds the young generation, also after V8 has made it small for want of work', async () => {
  const options = ['--expose-gc', '--input-type=module', '--eval', script];
  const { stdout } = await promisify(execFile)(process.execPath, options, { env: {}, timeout: 30_000 });
  const [first = 0, small = 0, last = 0] = JSON.parse(stdout) as number[];
  expect(first).toBe(32);
  expect(small).toBeLessThan(first);
  expect(last).toBe(first);
});
