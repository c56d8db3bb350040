import { setTimeout as pause } from 'node:timers/promises';
import { seconds } from '../time.ts';

/** Milliseconds between two tries. */
const patience = seconds(5);

/**
 * Tries work until it is done or the signal aborts, and tells each failure: a message that was accepted is not given up
 * because Discord or the database cannot be asked just now.
 */
export async function untilDone(
  work: () => Promise<void>,
  signal: AbortSignal,
  onFailure: (error: unknown) => void,
): Promise<void> {
  while (!signal.aborted) {
    try {
      return await work();
    } catch (error) {
      onFailure(error);
    }
    await pause(patience, undefined, { signal }).catch(() => undefined);
  }
}
