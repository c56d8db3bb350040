import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hours } from '../../../src/core/time.ts';
import { describe as inWords } from '../../../src/plugins/analytics/chart/describe.ts';
import { scale } from '../../../src/plugins/analytics/chart/scale.ts';
import { toChart } from '../../../src/plugins/analytics/chart/toChart.ts';

const now = Date.UTC(2026, 10, 22, 15, 20);
const sum = (numbers: readonly number[]) => numbers.reduce((total, n) => total + n, 0);

/** What a span of days holds: at most one count for each hour and type. */
const spans = fc.integer({ min: 1, max: 90 }).chain((span) =>
  fc.record({
    span: fc.constant(span),
    hourly: fc.uniqueArray(
      fc.record({
        hour: fc.integer({ min: 0, max: span * 24 }).map((n) => (Math.floor(now / hours(1)) - n) * hours(1)),
        type: fc.constantFrom('chat', 'command', 'news', 'constructor'),
        messages: fc.integer({ min: 1, max: 10 ** 9 }),
      }),
      { selector: ({ hour, type }) => `${hour} ${type}` },
    ),
  }),
);

describe('the chart of some hours', () => {
  it('has a bar for each day and each hour of the day, stacked by type', () => {
    const count = (at: string, type: string, messages: number) => ({ hour: Date.parse(at), type, messages });
    const chart = toChart(
      [
        count('2026-11-21T16:00Z', 'chat', 1),
        count('2026-11-21T23:00Z', 'chat', 2),
        count('2026-11-22T00:00Z', 'command', 4),
        count('2026-11-22T15:00Z', 'chat', 8),
      ],
      1,
      now,
    );
    expect(chart.types).toEqual([
      { label: 'Chats', total: 11 },
      { label: 'Commands', total: 4 },
    ]);
    expect(chart.days).toEqual([
      { label: '21 Nov', counts: [3, 0] },
      { label: '22 Nov', counts: [8, 4] },
    ]);
    expect(chart.hours.filter(({ counts }) => sum(counts) > 0)).toEqual([
      { label: '0', counts: [0, 4] },
      { label: '15', counts: [8, 0] },
      { label: '16', counts: [1, 0] },
      { label: '23', counts: [2, 0] },
    ]);
    expect(chart.hours).toHaveLength(24);
  });

  it('shows every message once by day, once by hour and once by type, of whatever type it is', () => {
    fc.assert(
      fc.property(spans, ({ span, hourly }) => {
        const { types, days: byDay, hours: byHour } = toChart(hourly, span, now);
        const total = sum(hourly.map(({ messages }) => messages));
        expect(sum(types.map((type) => type.total))).toBe(total);
        for (const bars of [byDay, byHour]) {
          expect(sum(bars.flatMap(({ counts }) => counts))).toBe(total);
          expect(bars.every(({ counts }) => counts.length === types.length)).toBe(true);
        }
        expect([byDay.length, byHour.length]).toEqual([span + 1, 24]);
        expect(new Set(byDay.map(({ label }) => label)).size).toBe(span + 1);
        expect(types.length).toBe(hourly.some(({ type }) => !['chat', 'command'].includes(type)) ? 3 : 2);
      }),
    );
  });

  it('is described in as many words as Discord takes', () => {
    fc.assert(
      fc.property(spans, ({ span, hourly }) => {
        const words = inWords(toChart(hourly, span, now));
        expect(words.length).toBeLessThan(1_024);
        expect(words).not.toMatch(/NaN|undefined|-1/);
      }),
    );
  });

  it('names the day and the hour with most messages', () => {
    const on = (day: number, hour: number, messages: number) => ({
      hour: Date.UTC(2026, 10, day, hour),
      type: 'chat',
      messages,
    });
    const few = inWords(toChart([on(20, 9, 1_000), on(22, 14, 2)], 2, now));
    expect(few).toContain('By day (UTC), from 20 Nov to 22 Nov: 20 Nov 1,000, 21 Nov 0, 22 Nov 2.');
    expect(few).toContain('most from 9:00 on (1,000)');
    const many = inWords(toChart([on(20, 9, 1_000), on(22, 14, 2)], 90, now));
    expect(many).toContain('from 24 Aug to 22 Nov: most on 20 Nov (1,000), on average 11 a day.');
  });
});

describe('the scale behind bars', () => {
  it.each([
    [0, [0, 1]],
    [1, [0, 1]],
    [4, [0, 1, 2, 3, 4]],
    [7, [0, 2, 4, 6, 8]],
    [794, [0, 200, 400, 600, 800]],
    [1_001, [0, 500, 1_000, 1_500]],
  ])('up to %i has the lines %j', (most, lines) => {
    expect(scale(most)).toEqual(lines);
  });

  it('is of whole numbers, evenly apart, few, and reaches as far as the highest bar', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10 ** 12 }), (most) => {
        const lines = scale(most);
        expect(lines.every(Number.isInteger)).toBe(true);
        expect(lines.at(-1)).toBeGreaterThanOrEqual(most);
        expect(lines.at(-2)).toBeLessThan(Math.max(1, most));
        expect(lines.length).toBeLessThanOrEqual(6);
      }),
    );
  });
});
