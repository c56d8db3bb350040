import fc from 'fast-check';
import { expect, it } from 'vitest';
import { minutes } from '../../src/core/time.ts';
import type { Given } from './describeContracts.ts';

const ada = '100000000000000001';
const max = 5;
const windowMs = minutes(1);

/** A RateLimitRepository beside a plain list of what it has counted. */
export function slidingWindow(given: Given): void {
  it('counts as one would by hand', async () => {
    const event = {
      passed: fc.integer({ min: 0, max: 20_000 }),
      late: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 59_999 })),
      key: fc.integer({ min: 1, max: 12 }).map((n) => `message-${n}`),
    };
    const steps = fc.array(
      fc.oneof(
        { weight: 5, arbitrary: fc.record({ do: fc.constant('check' as const), ...event }) },
        { weight: 2, arbitrary: fc.record({ do: fc.constant('record' as const), ...event }) },
        { weight: 1, arbitrary: fc.record({ do: fc.constant('reset' as const), ...event }) },
      ),
      { minLength: 5, maxLength: 25 },
    );
    await fc.assert(
      fc.asyncProperty(steps, async (all) => {
        await given.startOver();
        let counted: { key: string; at: number }[] = [];
        let erased = Number.NEGATIVE_INFINITY;
        const near = (at: number) => counted.filter((one) => Math.abs(one.at - at) < windowMs);
        for (const { do: what, passed, late, key } of all) {
          given.clock.advance(passed);
          const at = given.clock.now() - late;
          const options = { key, at: new Date(at) };
          if (what === 'reset') {
            await given.rateLimits.resetUserLimit(ada, options);
            erased = Math.max(erased, at);
            counted = counted.filter((one) => one.at > at);
          } else {
            // What is older than two windows may be counted again: nobody remembers it.
            counted = counted.filter((one) => one.at > at - 2 * windowMs);
            const isKnown = counted.some((one) => one.key === key);
            const allowed = isKnown || what === 'record' || near(at).length < max;
            if (allowed && !isKnown && at > erased) counted.push({ key, at });
            if (what === 'record') await given.rateLimits.recordMessage(ada, windowMs, options);
            else
              expect(await given.rateLimits.checkAndUpdateLimit(ada, max, windowMs, options)).toMatchObject({
                allowed,
                current: near(at).length,
              });
          }
          const now = given.clock.now();
          const current = counted.filter((one) => one.at > now - windowMs);
          const oldest = Math.min(...current.map((one) => one.at));
          expect(await given.rateLimits.getLimit(ada, max, windowMs)).toEqual({
            allowed: current.length < max,
            current: current.length,
            remaining: Math.max(0, max - current.length),
            resetAt: new Date(current.length === 0 ? now : oldest + windowMs),
          });
        }
      }),
      { numRuns: 25 },
    );
  });
}
