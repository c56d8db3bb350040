import { register } from 'prom-client';
import { describe, expect, inject, it } from 'vitest';
import { startTestBot, type TestBot } from '#testing';
import { createMetrics } from '../../src/core/metrics/createMetrics.ts';
import { rowsRemoved } from '../../src/core/metrics/rowsRemoved.ts';

async function get(bot: TestBot): Promise<Response> {
  const address = bot.log.findLast((line) => line.address !== undefined)?.address;
  return fetch(`${address}/metrics`);
}

describe('the metrics of a bot', () => {
  it('are its own, beside those of the process', async () => {
    const [one, other] = [createMetrics(), createMetrics()];
    rowsRemoved(one).inc({ task: 'a' }, 2);
    rowsRemoved(one).inc({ task: 'a' }, 3);
    expect(await one.metrics()).toContain('steward_rows_removed_total{task="a"} 5');
    expect(await other.metrics()).not.toContain('steward_rows_removed_total');
    for (const metrics of [one, other]) expect(await metrics.metrics()).toMatch(/^process_resident_memory_bytes \d/m);
    expect(register.getMetricsAsArray()).toEqual([]);
  });

  it('observe the process once, however many bots there are', () => {
    const [one, other] = [createMetrics(), createMetrics()];
    expect(other.getSingleMetric('nodejs_gc_duration_seconds')).toBe(one.getSingleMetric('nodejs_gc_duration_seconds'));
  });
});

describe.skipIf(!inject('postgres'))('GET /metrics', () => {
  it('gives them as Prometheus reads them', async () => {
    await using bot = await startTestBot();
    const response = await get(bot);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toContain('text/plain; version=0.0.4');
    expect(response.headers.get('cache-control')).toBe('no-store');
    const lines = (await response.text()).split('\n');
    expect(lines).toContain('# TYPE steward_scheduled_task_runs_total counter');
    // https://prometheus.io/docs/instrumenting/exposition_formats/
    for (const line of lines) expect(line).toMatch(/^$|^# (HELP|TYPE) |^[a-zA-Z_:][\w:]*(\{.*\})? (\S+)$/);
  });

  it('starts from nothing with each bot of a process', async () => {
    await using bot = await startTestBot();
    await bot.stop();
    await bot.start();
    const text = await (await get(bot)).text();
    expect(text.match(/# TYPE steward_scheduled_task_runs_total/g)).toHaveLength(1);
  });
});
