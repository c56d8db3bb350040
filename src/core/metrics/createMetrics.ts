import { readFileSync } from 'node:fs';
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';

let ofProcess: Registry | undefined;

/**
 * The registry of one bot, with the process's own metrics in it. Those are set up once in a process: each time would
 * leave another observer of the garbage collector behind, which prom-client cannot take away.
 */
export function createMetrics(): Registry {
  if (ofProcess === undefined) {
    ofProcess = new Registry();
    collectDefaultMetrics({ register: ofProcess });
  }
  const metrics = Registry.merge([ofProcess]);
  new Gauge({
    name: 'steward_build_info',
    help: 'Always 1; says what runs.',
    labelNames: ['version', 'node'],
    registers: [metrics],
  }).set({ version: readVersion(), node: process.versions.node }, 1);
  return metrics;
}

function readVersion(): string {
  const text = readFileSync(new URL('../../../package.json', import.meta.url), 'utf8');
  return String((JSON.parse(text) as { version?: unknown }).version);
}
