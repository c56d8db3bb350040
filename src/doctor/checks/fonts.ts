import type { Check } from '../Check.ts';
import { broken, ok, skipped } from '../Finding.ts';
import { makeService } from '../makeService.ts';

/** All that the doctor knows of the service that draws charts. */
interface DrawsCharts {
  render(chart: object): Promise<Buffer>;
  close(): void;
}

const chart = (label: string): object => ({
  types: [{ label, total: 1 }],
  days: [{ label, counts: [1] }],
  hours: Array.from({ length: 24 }, () => ({ label, counts: [1] })),
});

/** Whether the picture of the statistics can be drawn, words included: without its font they would be missing silently. */
export const fonts: Check = {
  what: 'fonts',
  reads: [],
  cure: 'Run npm ci: a file of Steward or of @napi-rs/canvas is missing, or made for another system.',
  async run(situation) {
    const charts = makeService<DrawsCharts>(situation, 'charts');
    if (!charts) return [skipped('fonts', 'no plugin draws')];
    try {
      const [one, other] = [await charts.render(chart('Moon')), await charts.render(chart('Sun'))];
      if (one.equals(other)) return [broken('fonts', 'the words of the chart are not drawn', fonts.cure)];
      return [ok('fonts', `the chart of !stats is drawn, words included (${Math.ceil(one.length / 1_024)} KiB)`)];
    } finally {
      charts.close();
    }
  },
};
