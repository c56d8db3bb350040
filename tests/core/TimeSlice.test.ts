import { expect, it } from 'vitest';
import { TimeSlice } from '../../src/core/TimeSlice.ts';

it('is over after some milliseconds, and begins anew with the next', async () => {
  const slice = new TimeSlice();
  expect(slice.isOver).toBe(false);
  for (const until = performance.now() + 6; performance.now() < until; );
  expect(slice.isOver).toBe(true);
  await slice.next();
  expect(slice.isOver).toBe(false);
});

it('comes to one work in each turn of the event loop, however many go on at once', async () => {
  let turn = 0;
  let next: NodeJS.Immediate;
  const count = (): void => {
    turn += 1;
    next = setImmediate(count);
  };
  next = setImmediate(count);
  const turns: number[] = [];
  const work = async (): Promise<void> => {
    const slice = new TimeSlice();
    for (let steps = 0; steps < 3; steps += 1) {
      await slice.next();
      turns.push(turn);
    }
  };
  await Promise.all([work(), work(), work(), work()]);
  clearImmediate(next);
  expect(turns).toHaveLength(12);
  expect(new Set(turns).size).toBe(12);
});
