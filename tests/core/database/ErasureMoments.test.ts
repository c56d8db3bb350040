import { describe, expect, it } from 'vitest';
import { ErasureMoments } from '../../../src/core/database/ErasureMoments.ts';
import { ControlledClock } from '../../../src/testing/ControlledClock.ts';

const maxAge = 1_000;

describe('ErasureMoments', () => {
  // Moments far from too old.
  function given() {
    const clock = new ControlledClock();
    const erased = new ErasureMoments(clock, maxAge);
    return {
      raise: (person: string | undefined, moment: number) => erased.raise(person, clock.now() + moment),
      covers: (person: string, moment: number) => erased.covers(person, clock.now() + moment),
    };
  }

  it('covers what is from the moment of an erasing or before, of that person only', () => {
    const { raise, covers } = given();
    expect(covers('ada', 0)).toBe(false);
    raise('ada', 5);
    expect([4, 5, 6].map((moment) => covers('ada', moment))).toEqual([true, true, false]);
    expect(covers('grace', 4)).toBe(false);
  });

  it('covers everyone after an erasing for everyone, whoever was erased before or later', () => {
    const { raise, covers } = given();
    raise('ada', 3);
    raise(undefined, 5);
    raise('grace', 7);
    expect(['ada', 'grace', 'alan'].map((person) => covers(person, 5))).toEqual([true, true, true]);
    expect(['ada', 'grace', 'alan'].map((person) => covers(person, 7))).toEqual([false, true, false]);
  });

  it('never takes an earlier moment for a later one', () => {
    const { raise, covers } = given();
    for (const person of ['ada', undefined]) for (const moment of [5, 3]) raise(person, moment);
    expect(covers('ada', 5)).toBe(true);
    expect(covers('grace', 5)).toBe(true);
  });

  it('forgets moments that are too old to matter, and no others', () => {
    const clock = new ControlledClock();
    const erased = new ErasureMoments(clock, maxAge);
    for (let n = 0; n < 1_000; n += 1) erased.raise(`${n}`, clock.now());
    clock.advance(maxAge - 1);
    const late = clock.now();
    erased.raise('ada', late);
    expect(erased.size).toBe(1_001);
    clock.advance(1);
    erased.raise('grace', clock.now());
    expect(erased.size).toBe(2);
    expect(erased.covers('ada', late)).toBe(true);
  });
});
