import { beforeEach, describe, expect, it } from 'vitest';
import { hours, minutes } from '#core';
import { ErrorBudget } from '../../../src/core/control/ErrorBudget.ts';

describe('the budget of failures', () => {
  let budget: ErrorBudget;
  beforeEach(() => {
    budget = new ErrorBudget();
  });
  const fail = (what: string, ...at: number[]) => at.map((moment) => budget.fail(what, minutes(moment)));

  it('is used up by five failures of one thing in a row, within ten minutes', () => {
    expect(fail('recall', 0, 1, 2, 3, 10)).toEqual([false, false, false, false, true]);
  });

  it('is not used up by slower ones, nor by those of several things together', () => {
    expect(fail('task', 0, 3, 6, 9, 12, 15)).not.toContain(true);
    for (const what of ['recall', 'record', 'health']) expect(fail(what, 0, 0, 0, 0)).not.toContain(true);
  });

  it('begins anew after a success of that thing, and of no other', () => {
    fail('recall', 0, 0, 0, 0);
    budget.pass('recall');
    expect(fail('recall', 0, 0, 0, 0)).not.toContain(true);
    budget.pass('record');
    expect(fail('recall', 0)).toEqual([true]);
  });

  it('gives pauses that double up to an hour, and begin anew after ten quiet minutes', () => {
    const pauses = Array.from({ length: 8 }, () => budget.rest(0));
    expect(pauses).toEqual([1, 2, 4, 8, 16, 32, 60, 60].map(minutes));
    budget.begin(hours(1));
    expect(budget.rest(hours(1) + minutes(9))).toBe(hours(1));
    budget.begin(hours(3));
    expect(budget.rest(hours(3) + minutes(10))).toBe(minutes(1));
    budget.rest(hours(4));
    budget.forgive();
    expect(budget.rest(hours(4))).toBe(minutes(1));
  });
});
