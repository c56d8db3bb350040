import { Counter, type Registry } from 'prom-client';

const name = 'steward_rows_removed_total';

/** How many rows each cleanup has removed, in the bot's registry. */
export function rowsRemoved(metrics: Registry): Counter<'task'> {
  const existing = metrics.getSingleMetric(name) as Counter<'task'> | undefined;
  return (
    existing ??
    new Counter({
      name,
      help: 'Rows removed because their time had passed.',
      labelNames: ['task'],
      registers: [metrics],
    })
  );
}
