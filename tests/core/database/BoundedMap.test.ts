import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BoundedMap } from '../../../src/core/database/BoundedMap.ts';
import { ControlledClock } from '../../../src/testing/ControlledClock.ts';

interface Value {
  readonly id: number;
  readonly bytes: number;
  readonly isNeeded: boolean;
}

const maxBytes = 100;
const maxAge = 1_000;

function given() {
  const clock = new ControlledClock();
  const map = new BoundedMap<Value>({
    clock,
    maxBytes,
    maxAge,
    sizeOf: ({ bytes }) => bytes,
    mustKeep: ({ isNeeded }) => isNeeded,
  });
  return { clock, map };
}
const value = (bytes: number, isNeeded = false): Value => ({ id: 0, bytes, isNeeded });

describe('BoundedMap', () => {
  it('makes room by forgetting who was not asked for longest', () => {
    const { map } = given();
    for (const person of ['ada', 'grace', 'alan']) map.set(person, value(30));
    map.get('ada');
    map.set('edsger', value(30));
    expect(map.entries().map(([person]) => person)).toEqual(['alan', 'ada', 'edsger']);
    expect([map.size, map.bytes]).toEqual([3, 90]);
  });

  it('knows a value until the very millisecond in which it is too old, however often it was asked for', () => {
    const { clock, map } = given();
    map.set('ada', value(1));
    clock.advance(maxAge - 1);
    expect(map.get('ada')).toEqual(value(1));
    clock.advance(1);
    expect(map.entries()).toEqual([]);
    expect(map.get('ada')).toBeUndefined();
    expect([map.size, map.bytes]).toEqual([0, 0]);
  });

  it('lets go of everyone who was not asked for, once somebody else comes', () => {
    const { clock, map } = given();
    for (let n = 0; n < 50; n += 1) map.set(`${n}`, value(1));
    clock.advance(maxAge);
    map.set('ada', value(1));
    expect([map.size, map.bytes]).toEqual([1, 1]);
  });

  it('refuses what is larger than all its room, and keeps the others', () => {
    const { map } = given();
    map.set('ada', value(60));
    map.set('grace', value(maxBytes + 1));
    expect(map.entries()).toEqual([['ada', value(60)]]);
    map.set('ada', value(maxBytes + 1));
    expect([map.size, map.bytes]).toEqual([0, 0]);
  });

  it('keeps what it must keep, too large and too old as it is', () => {
    const { clock, map } = given();
    map.set('ada', value(maxBytes * 2, true));
    clock.advance(maxAge * 2);
    map.set('grace', value(1));
    expect(map.entries()).toEqual([['ada', value(maxBytes * 2, true)]]);
  });

  it('replaces all values and nobody’s age or place in line', () => {
    const { clock, map } = given();
    map.set('ada', value(10));
    clock.advance(maxAge - 1);
    for (const person of ['grace', 'alan']) map.set(person, value(40));
    map.replaceAll((old) => ({ ...old, bytes: old.bytes / 2 }));
    expect([map.entries(), map.bytes]).toEqual([
      [
        ['ada', value(5)],
        ['grace', value(20)],
        ['alan', value(20)],
      ],
      45,
    ]);
    clock.advance(1);
    expect(map.entries().map(([person]) => person)).toEqual(['grace', 'alan']);
  });

  it('never holds more than its bounds but for what must be kept, and only ever forgets the first in line', () => {
    const person = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f');
    const steps = fc.array(
      fc.oneof(
        {
          weight: 4,
          arbitrary: fc.record({ set: person, bytes: fc.integer({ min: 1, max: 110 }), isNeeded: fc.boolean() }),
        },
        { weight: 2, arbitrary: fc.record({ get: person }) },
        fc.record({ delete: person }),
        fc.record({ remove: fc.subarray(['a', 'b', 'c', 'd', 'e', 'f']), halve: fc.boolean() }),
        fc.record({ clear: fc.constant(true) }),
        fc.record({ advance: fc.integer({ min: 1, max: 700 }) }),
      ),
      { maxLength: 60, size: 'max' },
    );
    fc.assert(
      fc.property(steps, (all) => {
        const { clock, map } = given();
        // Least recently used first.
        let line: { person: string; value: Value; setAt: number }[] = [];
        const isOver = ({ value: { isNeeded }, setAt }: (typeof line)[number]) =>
          !isNeeded && clock.now() - setAt >= maxAge;
        for (const [id, step] of all.entries()) {
          if ('advance' in step) clock.advance(step.advance);
          else if ('delete' in step) {
            map.delete(step.delete);
            line = line.filter((one) => one.person !== step.delete);
          } else if ('clear' in step) {
            map.clear();
            line = [];
          } else if ('remove' in step) {
            const { halve } = step;
            const ids = new Set(line.filter((one) => step.remove.includes(one.person)).map((one) => one.value.id));
            const become = (old: Value): Value | undefined => {
              if (ids.has(old.id)) return undefined;
              return halve ? { ...old, bytes: old.bytes / 2 } : old;
            };
            map.replaceAll(become);
            line = line
              .filter((one) => !isOver(one))
              .flatMap((one) => {
                const left = become(one.value);
                return left ? [{ ...one, value: left }] : [];
              });
          } else if ('get' in step) {
            const found = line.find((one) => one.person === step.get);
            line = line.filter((one) => one !== found);
            if (found && !isOver(found)) line.push(found);
            expect(map.get(step.get)).toEqual(found && !isOver(found) ? found.value : undefined);
          } else {
            const { set, ...rest } = step;
            map.set(set, { id, ...rest });
            line = line.filter((one) => one.person !== set);
            if (rest.bytes <= maxBytes || rest.isNeeded)
              line.push({ person: set, value: { id, ...rest }, setAt: clock.now() });
            const bytes = () => line.reduce((sum, one) => sum + one.value.bytes, 0);
            // Who is first of those who may go.
            let first = line.find((one) => !one.value.isNeeded);
            while (first && (bytes() > maxBytes || (isOver(first) && isFirst(line, first, clock.now())))) {
              line = line.filter((one) => one !== first);
              first = line.find((one) => !one.value.isNeeded);
            }
            expect(map.bytes <= maxBytes || map.entries().every(([, { isNeeded }]) => isNeeded)).toBe(true);
          }
          expect(map.entries()).toEqual(line.filter((one) => !isOver(one)).map((one) => [one.person, one.value]));
          expect([map.size, map.bytes]).toEqual([line.length, line.reduce((sum, one) => sum + one.value.bytes, 0)]);
        }
      }),
      { numRuns: 500 },
    );
  });
});

// Whether all that stand before one are too old themselves: behind somebody young, nobody is looked at.
function isFirst<T extends { setAt: number }>(line: readonly T[], one: T, now: number): boolean {
  return line.slice(0, line.indexOf(one)).every(({ setAt }) => now - setAt >= maxAge);
}
