import { Counter, type Registry } from 'prom-client';

/** Counts what the limit refused, in the bot's metrics: chats and hints as `chat`, commands as `command`. */
export function countRefusals(metrics: Registry): Counter<'kind'> {
  const counter = new Counter({
    name: 'steward_rate_limit_refusals_total',
    help: 'Messages above the rate limit.',
    labelNames: ['kind'],
    registers: [metrics],
  });
  for (const kind of ['chat', 'command']) counter.inc({ kind }, 0);
  return counter;
}
