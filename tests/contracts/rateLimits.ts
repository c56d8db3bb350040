import fc from 'fast-check';
import { expect, it } from 'vitest';
import { minutes, seconds } from '../../src/core/time.ts';
import type { Given } from './describeContracts.ts';

const ada = '100000000000000001';
const grace = '100000000000000002';
const max = 5;
const windowMs = minutes(1);

/** What everyone may expect of a RateLimitRepository. */
export function rateLimits(given: Given): void {
  const check = (options = {}, discordId = ada) =>
    given.rateLimits.checkAndUpdateLimit(discordId, max, windowMs, options);
  const record = (options = {}, discordId = ada) => given.rateLimits.recordMessage(discordId, windowMs, options);
  const look = (discordId = ada) => given.rateLimits.getLimit(discordId, max, windowMs);
  const count = async (n: number, options = {}) => {
    for (let i = 0; i < n; i += 1) await check(options);
  };

  it('has everything left for a person who never wrote', async () => {
    expect(await look()).toEqual({ allowed: true, remaining: 5, current: 0, resetAt: given.clock.at(0) });
  });

  it('counts down and refuses the sixth message', async () => {
    const first = given.clock.at(0);
    for (const current of [1, 2, 3, 4, 5]) {
      const resetAt = new Date(first.getTime() + windowMs);
      expect(await check()).toEqual({ allowed: true, remaining: max - current, current, resetAt });
      given.clock.advance(seconds(1));
    }
    const resetAt = new Date(first.getTime() + windowMs);
    expect(await check()).toEqual({ allowed: false, remaining: 0, current: 5, resetAt });
    expect(await look()).toEqual({ allowed: false, remaining: 0, current: 5, resetAt });
  });

  it('frees a place in the very millisecond in which the oldest message leaves the window', async () => {
    await check();
    given.clock.advance(seconds(10));
    await count(4);
    given.clock.advance(windowMs - seconds(10) - 1);
    expect(await check()).toMatchObject({ allowed: false, resetAt: given.clock.at(1) });
    given.clock.advance(1);
    // The place that the oldest leaves is one, not five: the window slides.
    const resetAt = given.clock.at(seconds(10));
    expect(await look()).toEqual({ allowed: true, remaining: 1, current: 4, resetAt });
    expect(await check()).toEqual({ allowed: true, remaining: 0, current: 5, resetAt });
    expect(await check()).toMatchObject({ allowed: false });
  });

  it('does not count what it refuses', async () => {
    await count(5);
    given.clock.advance(seconds(30));
    await count(20);
    given.clock.advance(seconds(30));
    expect(await look()).toMatchObject({ current: 0, remaining: 5 });
    expect(await check()).toMatchObject({ allowed: true, remaining: 4 });
  });

  it('counts a message once, however often it comes under its key', async () => {
    for (const _attempt of [1, 2, 3]) expect(await check({ key: 'message-1' })).toMatchObject({ current: 1 });
    await count(4);
    expect(await check()).toMatchObject({ allowed: false });
    expect(await check({ key: 'message-1' })).toMatchObject({ allowed: true, current: 5 });
  });

  it('lets a refused message pass when it comes again after a place became free', async () => {
    await count(5);
    expect(await check({ key: 'refused' })).toMatchObject({ allowed: false });
    given.clock.advance(windowMs);
    expect(await check({ key: 'refused' })).toMatchObject({ allowed: true, current: 1 });
  });

  it('looks without counting', async () => {
    await check();
    for (const _time of [1, 2, 3]) expect(await look()).toMatchObject({ current: 1, remaining: 4 });
  });

  it('counts each person apart', async () => {
    await count(6);
    expect(await check({}, grace)).toMatchObject({ allowed: true, current: 1 });
    expect(await look(ada)).toMatchObject({ current: 5 });
  });

  it('starts over after a reset, of that person only', async () => {
    await count(5);
    await check({}, grace);
    await given.rateLimits.resetUserLimit(ada);
    await given.rateLimits.resetUserLimit('never-seen');
    expect(await look(ada)).toMatchObject({ current: 0 });
    expect(await look(grace)).toMatchObject({ current: 1 });
    given.clock.advance(1);
    expect(await check()).toMatchObject({ allowed: true, current: 1 });
  });

  it('follows a limit that was changed meanwhile', async () => {
    await count(5);
    expect(await given.rateLimits.checkAndUpdateLimit(ada, 6, windowMs)).toMatchObject({ allowed: true, remaining: 0 });
    expect(await given.rateLimits.checkAndUpdateLimit(ada, 2, windowMs)).toMatchObject({
      allowed: false,
      remaining: 0,
      current: 6,
    });
  });

  it('counts by the time of the event, not by when it hears of it', async () => {
    for (const n of [50, 40, 30, 20, 10]) await check({ at: given.clock.at(-seconds(n)) });
    expect(await check()).toMatchObject({ allowed: false, resetAt: given.clock.at(seconds(10)) });
  });

  it('takes events in any order', async () => {
    for (const n of [10, 50, 30, 20]) await check({ at: given.clock.at(-seconds(n)) });
    expect(await check({ at: given.clock.at(-seconds(40)) })).toMatchObject({
      allowed: true,
      current: 5,
      resetAt: given.clock.at(seconds(10)),
    });
    expect(await check({ at: given.clock.at(-seconds(35)) })).toMatchObject({ allowed: false });
  });

  it('does not hold later messages against one that comes very late', async () => {
    await count(5);
    expect(await check({ at: given.clock.at(-windowMs) })).toMatchObject({ allowed: true, current: 1 });
    expect(await check()).toMatchObject({ allowed: false, current: 5 });
  });

  it('lets no window hold more than the limit, and refuses nobody who is in time', async () => {
    const steps = fc.array(
      fc.record({ passed: fc.integer({ min: 0, max: 30_000 }), late: fc.integer({ min: 0, max: 59_999 }) }),
      { minLength: 8, maxLength: 25 },
    );
    const check = (at: Date) => given.rateLimits.checkAndUpdateLimit(ada, max, windowMs, { at });
    await fc.assert(
      fc.asyncProperty(steps, fc.boolean(), async (events, inOrder) => {
        await given.startOver();
        const counted: number[] = [];
        for (const { passed, late } of events) {
          given.clock.advance(passed);
          const at = given.clock.now() - (inOrder ? 0 : late);
          const { allowed } = await check(new Date(at));
          if (inOrder) expect(allowed).toBe(counted.filter((other) => other > at - windowMs).length < max);
          if (allowed) counted.push(at);
        }
        const fullest = Math.max(
          ...counted.map((from) => counted.filter((at) => at >= from && at < from + windowMs).length),
        );
        expect(fullest).toBeLessThanOrEqual(max);
      }),
      { numRuns: 20 },
    );
  });

  it('lets exactly five of 200 through that come at once', async () => {
    const states = await Promise.all(Array.from({ length: 200 }, () => check()));
    expect(states.filter(({ allowed }) => allowed)).toHaveLength(5);
    expect(await look()).toMatchObject({ current: 5 });
  });

  it('stands resets that come between checks', async () => {
    await check();
    const work = Array.from({ length: 300 }, (_, n) => (n % 3 === 0 ? given.rateLimits.resetUserLimit(ada) : check()));
    await Promise.all(work);
    await given.rateLimits.resetUserLimit(ada);
    given.clock.advance(1);
    expect(await check()).toMatchObject({ allowed: true, current: 1 });
  });

  it('takes the counts up to the very millisecond of a reset away, and no later ones', async () => {
    for (const n of [-1, 0, 1]) await check({ at: given.clock.at(n) });
    await given.rateLimits.resetUserLimit(ada, { at: given.clock.at(0) });
    given.clock.advance(1);
    const state = { allowed: true, current: 1, remaining: 4, resetAt: given.clock.at(windowMs) };
    expect(await look()).toEqual(state);
    await given.rateLimits.resetUserLimit(ada, { at: given.clock.at(-1) });
    expect(await look()).toEqual(state);
  });

  it('does not count what comes late from before a reset, new or again, while there is room', async () => {
    await check({ key: 'again', at: given.clock.at(0) });
    await given.rateLimits.resetUserLimit(ada);
    await given.rateLimits.resetUserLimit(ada, { at: given.clock.at(-seconds(30)) });
    for (const key of ['again', 'late', 'late']) {
      await record({ key, at: given.clock.at(0) });
      expect(await check({ key, at: given.clock.at(-1) })).toMatchObject({ allowed: true, current: 0, remaining: 5 });
    }
    given.clock.advance(1);
    await count(5);
    expect(await check({ key: 'late', at: given.clock.at(-1) })).toMatchObject({ allowed: false, current: 5 });
  });

  it('counts a person whose first message was let in before a reset from then on only', async () => {
    await given.rateLimits.resetUserLimit(ada);
    await record({ at: given.clock.at(0) });
    await record({ at: given.clock.at(1) });
    given.clock.advance(1);
    expect(await look()).toMatchObject({ current: 1 });
  });

  it('counts what was let in elsewhere, beyond the limit too, each message once', async () => {
    await count(4);
    for (const key of ['elsewhere-1', 'elsewhere-2', 'elsewhere-2']) await record({ key });
    expect(await look()).toMatchObject({ allowed: false, current: 6, remaining: 0 });
    expect(await check()).toMatchObject({ allowed: false });
    expect(await check({ key: 'elsewhere-2' })).toMatchObject({ allowed: true, current: 6 });
    given.clock.advance(windowMs);
    expect(await look()).toMatchObject({ allowed: true, current: 0 });
  });

  it('counts the union of what two instances let in during an outage, in any order', async () => {
    const seen = (n: number) => ({ key: `message-${n}`, at: given.clock.at(-seconds(30) + n) });
    const one = [1, 2, 3].map(seen);
    const other = [2, 3, 4].map(seen);
    await check(seen(1));
    await Promise.all([...one, ...other].map((message) => record(message)));
    await Promise.all(one.map((message) => record(message)));
    expect(await look()).toMatchObject({ current: 4, resetAt: given.clock.at(seconds(30) + 1) });
    expect(await check()).toMatchObject({ allowed: true, current: 5 });
    expect(await check()).toMatchObject({ allowed: false });
  });
}
