import { describe, expect, it } from 'vitest';
import { suspendedUntil } from '../../../src/plugins/moderation/WarningRule.ts';

const ending = (...times: number[]) =>
  times.map((time) => ({
    id: `${time}`,
    reason: '',
    issuedBy: '',
    createdAt: new Date(0),
    expiresAt: new Date(time),
  }));

describe('a suspension', () => {
  it.each([
    [0, [1, 2, 3], undefined],
    [3, [1, 2], undefined],
    [1, [], undefined],
    [3, [30, 10, 20], 10],
    [2, [30, 10, 20], 20],
    [1, [30, 10, 20], 30],
    [2, [20, 20, 10], 20],
  ])('at %i warnings, with these that end at %j, ends at %j', (suspendAt, times, until) => {
    expect(suspendedUntil(ending(...times), { suspendAt })?.getTime()).toBe(until);
  });
});
