import { collectDefaultMetrics, Registry } from 'prom-client';

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
  return Registry.merge([ofProcess]);
}
