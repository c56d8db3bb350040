import { expect, it } from 'vitest';
import { decodeLines, encodeLine } from '../../../src/core/journal/line.ts';
import { pickLines } from '../../../src/core/journal/pickLines.ts';

it('picks from every line, and others have their turn meanwhile', async () => {
  const bytes = Buffer.from(Array.from({ length: 20_000 }, (_, n) => encodeLine({ n, text: 'ü'.repeat(50) })).join(''));
  const damaged = Buffer.concat([bytes, Buffer.from('no line\n'), bytes]);
  let turns = 0;
  const count = setInterval(() => {
    turns += 1;
  }, 0);
  const picked = await pickLines(damaged, (line) => line);
  clearInterval(count);
  expect(picked).toEqual([...decodeLines(damaged)]);
  expect(turns).toBeGreaterThan(0);
});
