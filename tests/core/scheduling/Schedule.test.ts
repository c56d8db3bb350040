import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Schedule } from '../../../src/core/scheduling/Schedule.ts';

const at = (text: string): number => Date.parse(text);
const pattern = (text: string, timezone = 'UTC') => new Schedule({ interval: null, pattern: text, timezone });
const interval = (n: number) => new Schedule({ interval: n, pattern: null, timezone: 'UTC' });

describe('a schedule', () => {
  it('knows the occurrences of a pattern around a moment', () => {
    const hourly = pattern('7 * * * *');
    expect(hourly.latest(at('2026-02-12T19:30:00Z'))).toBe(at('2026-02-12T19:07:00Z'));
    expect(hourly.next(at('2026-02-12T19:30:00Z'))).toBe(at('2026-02-12T20:07:00Z'));
  });

  it('counts a moment itself as its latest occurrence', () => {
    const hourly = pattern('7 * * * *');
    const due = at('2026-02-12T19:07:00Z');
    expect([hourly.latest(due), hourly.latest(due - 1)]).toEqual([due, due - 3_600_000]);
    expect([hourly.next(due), hourly.next(due - 1)]).toEqual([due + 3_600_000, due]);
  });

  it('reads a pattern in its time zone', () => {
    expect(pattern('0 9 * * *', 'Europe/Berlin').next(at('2026-02-12T00:00:00Z'))).toBe(at('2026-02-12T08:00:00Z'));
  });

  it('knows of no occurrence where there is none', () => {
    expect(pattern('0 0 30 2 *').next(at('2026-02-12T00:00:00Z'))).toBeUndefined();
    expect(pattern('0 0 30 2 *').latest(at('2026-02-12T00:00:00Z'))).toBeUndefined();
  });

  it('has no gap and no double: between the latest and the next occurrence lies none', () => {
    const schedule = fc.constantFrom(
      pattern('*/7 * * * * *'),
      pattern('7 * * * *'),
      interval(250),
      interval(86_400_000),
    );
    const moment = fc.integer({ min: at('2020-01-01T00:00:00Z'), max: at('2040-01-01T00:00:00Z') });
    fc.assert(
      fc.property(schedule, moment, (one, now) => {
        const latest = one.latest(now) ?? Number.NaN;
        const next = one.next(now) ?? Number.NaN;
        expect(latest).toBeLessThanOrEqual(now);
        expect(next).toBeGreaterThan(now);
        expect([one.next(latest), one.latest(next), one.latest(next - 1)]).toEqual([next, next, latest]);
      }),
    );
  });

  it('cannot be made of what is no pattern', () => {
    expect(() => pattern('every now and then')).toThrow();
  });
});
