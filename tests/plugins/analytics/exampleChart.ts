import type { Chart } from '../../../src/plugins/analytics/chart/Chart.ts';

/** A week of messages, always the same. */
export const exampleChart: Chart = {
  types: [
    { label: 'Chats', total: 3629 },
    { label: 'Commands', total: 728 },
  ],
  days: [80, 512, 630, 794, 652, 673, 636, 380].map((messages, index) => ({
    label: `${15 + index} Nov`,
    counts: [Math.round(messages * 0.8), Math.round(messages * 0.2)],
  })),
  hours: Array.from({ length: 24 }, (_, hour) => ({
    label: `${hour}`,
    counts: hour < 3 ? [0, 0] : [hour * (24 - hour), 3 * hour],
  })),
};
