import { describe, expect, it } from 'vitest';
import { days, hours, minutes, seconds, systemClock } from '../../src/core/time.ts';

describe('durations', () => {
  it('are milliseconds', () => {
    expect([seconds(1), minutes(1), hours(1), days(1)]).toEqual([1_000, 60_000, 3_600_000, 86_400_000]);
  });

  it('can be fractions', () => {
    expect([seconds(0.5), minutes(0.5), days(0)]).toEqual([500, 30_000, 0]);
  });
});

describe('systemClock', () => {
  it('is the machine’s', () => {
    const before = Date.now();
    const now = systemClock.now();
    expect(now).toBeGreaterThanOrEqual(before);
    expect(now).toBeLessThanOrEqual(Date.now());
  });
});
