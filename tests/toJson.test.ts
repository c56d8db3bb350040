import fc from 'fast-check';
import { expect, it } from 'vitest';
import { toJson } from '../src/toJson.ts';

const written = async (value: object): Promise<string> =>
  Buffer.concat(await Array.fromAsync(toJson(value))).toString();
const anything = fc.anything({ withDate: true, withNullPrototype: true, withSparseArray: true, maxDepth: 5 });

it('writes what JSON.stringify writes', async () => {
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.dictionary(fc.string(), anything), fc.array(anything)), async (value) => {
      expect(await written(value)).toBe(JSON.stringify(value, null, 2));
    }),
  );
  const member = { toJSON: () => ['as it\nwants'], other: 1 };
  const value = { member, texts: ['Grüße\n', undefined], nothing: undefined, empty: {}, function: () => 1 };
  expect(await written(value)).toBe(JSON.stringify(value, null, 2));
});

it('lets others have their turn while it writes much', async () => {
  const rows = Array.from({ length: 50_000 }, (_, index) => ({ index, text: 'Grüße\n'.repeat(20), at: new Date(0) }));
  let turns = 0;
  const count = setInterval(() => {
    turns += 1;
  }, 0);
  const json = await written({ rows });
  clearInterval(count);
  expect(json === JSON.stringify({ rows }, null, 2)).toBe(true);
  expect(turns).toBeGreaterThan(0);
});
