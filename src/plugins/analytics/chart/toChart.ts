import { days } from '#core';
import type { HourlyCount } from '../repositories/AnalyticsRepository.ts';
import type { Bar, Chart } from './Chart.ts';

const date = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' });
const known = ['chat', 'command'];

/** Arranges the messages of so many days up to now (milliseconds since 1970) for the picture; days and hours are UTC. */
export function toChart(hourly: readonly HourlyCount[], span: number, now: number): Chart {
  const others = hourly.some(({ type }) => !known.includes(type));
  const labels = ['Chats', 'Commands', ...(others ? ['Others'] : [])];
  const sums = (counts: readonly HourlyCount[]): number[] => {
    const byType = labels.map(() => 0);
    for (const { type, messages } of counts) {
      const place = known.includes(type) ? known.indexOf(type) : known.length;
      byType[place] = (byType[place] ?? 0) + messages;
    }
    return byType;
  };
  const bars = (groups: readonly number[], of: (count: HourlyCount) => number, label: (group: number) => string) => {
    const grouped = Map.groupBy(hourly, of);
    return groups.map((group): Bar => ({ label: label(group), counts: sums(grouped.get(group) ?? []) }));
  };
  const dayOf = (time: number): number => Math.floor(time / days(1));
  const firstDay = dayOf(now) - span;
  const totals = sums(hourly);
  return {
    types: labels.map((label, index) => ({ label, total: totals[index] ?? 0 })),
    days: bars(
      // The span ends now, so that it begins within a day.
      Array.from({ length: span + 1 }, (_, index) => firstDay + index),
      ({ hour }) => dayOf(hour),
      (day) => date.format(days(day)),
    ),
    hours: bars(
      Array.from({ length: 24 }, (_, hour) => hour),
      ({ hour }) => new Date(hour).getUTCHours(),
      String,
    ),
  };
}
