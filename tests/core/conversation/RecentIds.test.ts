import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RecentIds } from '../../../src/core/conversation/RecentIds.ts';

describe('RecentIds', () => {
  it('keeps the latest ids up to its capacity, and none that is to be forgotten', () => {
    const ids = ['a', 'b', 'c', 'd', 'e'];
    const step = fc.record({ id: fc.constantFrom(...ids), isForgotten: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), fc.integer({ min: 1, max: 4 }), (steps, capacity) => {
        const recent = new RecentIds(capacity);
        let latest: string[] = [];
        for (const { id, isForgotten } of steps) {
          if (isForgotten) {
            recent.forget(id);
            latest = latest.filter((other) => other !== id);
          } else {
            expect(recent.add(id)).toBe(!latest.includes(id));
            if (!latest.includes(id)) latest = [...latest, id].slice(-capacity);
          }
          expect(ids.filter((each) => recent.has(each))).toEqual(latest.toSorted());
        }
      }),
    );
  });
});
