import type { Bar, Chart } from './Chart.ts';

// Made when the bot starts: to make the first of a process takes long.
const { format: number } = new Intl.NumberFormat('en-US');
const total = ({ counts }: Bar): number => counts.reduce((sum, count) => sum + count, 0);
/** So many days are told one by one; of more, those that stand out. */
const mostDays = 14;

/** The chart in words, for those who do not see it; Discord takes 1,024 characters. */
export function describe({ types, days, hours }: Chart): string {
  const kinds = types.map(({ label, total: messages }) => `${label.toLowerCase()} ${number(messages)}`);
  const [busiestDay, busiestHour] = [busiest(days), busiest(hours)];
  const byDay =
    days.length > mostDays
      ? `most on ${busiestDay.label} (${number(total(busiestDay))}), on average ${number(average(days))} a day`
      : days.map((day) => `${day.label} ${number(total(day))}`).join(', ');
  return [
    `Bar charts of messages: ${kinds.join(', ')}.`,
    `By day (UTC), from ${days[0]?.label} to ${days.at(-1)?.label}: ${byDay}.`,
    `By hour of the day (UTC): most from ${busiestHour.label}:00 on (${number(total(busiestHour))}).`,
  ].join('\n');
}

const busiest = (bars: readonly Bar[]): Bar =>
  bars.reduce((most, bar) => (total(bar) > total(most) ? bar : most), { label: '', counts: [-1] });

const average = (bars: readonly Bar[]): number =>
  Math.round(bars.reduce((sum, bar) => sum + total(bar), 0) / bars.length);
