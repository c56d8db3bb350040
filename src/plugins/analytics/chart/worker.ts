// Runs in a thread of its own: draws each chart that it is sent and sends the picture back.
import { parentPort } from 'node:worker_threads';
import { draw } from './draw.ts';
import type { Drawing, Order } from './messages.ts';

parentPort?.on('message', ({ id, chart }: Order) => {
  const drawing: Drawing = { id, ...attempt(() => draw(chart)) };
  parentPort?.postMessage(drawing);
});

function attempt(work: () => Buffer): { png: Uint8Array } | { error: unknown } {
  try {
    return { png: work() };
  } catch (error) {
    return { error };
  }
}
