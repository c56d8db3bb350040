import { expect, it } from 'vitest';
import { DeadlineError, withDeadline } from '../../src/core/withDeadline.ts';

const never = new Promise<never>(() => undefined);

it('gives the result of work that is done in time', async () => {
  expect(await withDeadline(Promise.resolve('done'), 60_000)).toBe('done');
});

it('throws what the work throws', async () => {
  await expect(withDeadline(Promise.reject(new RangeError('too far')), 60_000)).rejects.toThrow(RangeError);
});

it('gives up work that takes longer, and says how long it waited', async () => {
  const late = withDeadline(never, 1);
  await expect(late).rejects.toThrow(DeadlineError);
  await expect(late).rejects.toThrow('No answer within 1 ms.');
});

it('waits as long as it takes without a limit', async () => {
  const { promise, resolve } = Promise.withResolvers<string>();
  const waiting = withDeadline(promise, undefined);
  setTimeout(() => resolve('at last'), 5);
  expect(await waiting).toBe('at last');
});

it('lets work that was given up fail unheard', async () => {
  const { promise, reject } = Promise.withResolvers<never>();
  await expect(withDeadline(promise, 1)).rejects.toThrow(DeadlineError);
  const unheard: unknown[] = [];
  const listen = (error: unknown) => unheard.push(error);
  process.on('unhandledRejection', listen);
  reject(new Error('too late'));
  // Node reports a rejection that nobody handles before the next timer runs.
  await new Promise((resolve) => setTimeout(resolve));
  process.off('unhandledRejection', listen);
  expect(unheard).toEqual([]);
});

it('leaves no timer behind that would keep the process alive', async () => {
  const timers = () => process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;
  const before = timers();
  await withDeadline(Promise.resolve(), 600_000);
  expect(timers()).toBe(before);
});
