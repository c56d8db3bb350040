import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Lines, type Place } from '../../../src/core/conversation/Lines.ts';

/** Lets everything run that has nothing left to wait for. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A line's places by number, and whose turn has come. */
function follow(lines: Lines) {
  const places = new Map<number, Place>();
  const admitted: number[] = [];
  return {
    admitted,
    enter: (userId: string, number: number) => {
      const place = lines.enter(userId);
      places.set(number, place);
      void place.ready.then(() => admitted.push(number));
    },
    leave: (number: number) => places.get(number)?.leave(),
  };
}

describe('Lines', () => {
  it('lets the first of a person in at once, and the next when it has left', async () => {
    const { enter, leave, admitted } = follow(new Lines());
    enter('ada', 1);
    enter('ada', 2);
    await settle();
    expect(admitted).toEqual([1]);
    leave(1);
    await settle();
    expect(admitted).toEqual([1, 2]);
  });

  it('lets nobody overtake when someone leaves who is not first', async () => {
    const { enter, leave, admitted } = follow(new Lines());
    for (const number of [1, 2, 3]) enter('ada', number);
    leave(2);
    await settle();
    expect(admitted).toEqual([1]);
    leave(1);
    await settle();
    expect(admitted).toEqual([1, 2, 3]);
  });

  it('does not let two in when one leaves twice', async () => {
    const { enter, leave, admitted } = follow(new Lines());
    for (const number of [1, 2, 3]) enter('ada', number);
    leave(1);
    leave(1);
    await settle();
    expect(admitted).toEqual([1, 2]);
  });

  it('keeps each person in order, lets nobody wait for another, and forgets everybody in the end', async () => {
    const people = ['ada', 'grace', 'linus'];
    const step = fc.oneof(
      fc.record({ enters: fc.constantFrom(...people) }),
      fc.record({ leaves: fc.nat(19) }),
      fc.constant('settle' as const),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const lines = new Lines();
        const { enter, leave, admitted } = follow(lines);
        const entered: { userId: string; number: number }[] = [];
        const left = new Set<number>();
        const check = async (): Promise<void> => {
          await settle();
          for (const userId of people) {
            const own = entered.filter((each) => each.userId === userId).map(({ number }) => number);
            // Exactly those before whom everyone has left, in the order in which they came.
            const expected = own.filter((_number, index) => own.slice(0, index).every((number) => left.has(number)));
            expect(admitted.filter((number) => own.includes(number))).toEqual(expected);
          }
          const present = entered.filter(({ number }) => !left.has(number));
          expect(lines.size).toBe(new Set(present.map(({ userId }) => userId)).size);
        };
        for (const each of steps) {
          if (each === 'settle') await check();
          else if ('enters' in each) {
            entered.push({ userId: each.enters, number: entered.length });
            enter(each.enters, entered.length - 1);
          } else if (each.leaves < entered.length) {
            left.add(each.leaves);
            leave(each.leaves);
          }
        }
        await check();
        for (const { number } of entered) {
          left.add(number);
          leave(number);
        }
        await check();
        expect(lines.size).toBe(0);
      }),
    );
  });
});
