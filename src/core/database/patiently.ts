import type { Log } from '../log/createLog.ts';
import { seconds } from '../time.ts';
import { withDeadline } from '../withDeadline.ts';
import type { Connection } from './Connection.ts';

/** Waits for a part of closing; a server that does not answer does not say goodbye either. */
export async function patiently(work: Promise<unknown>, { isEmbedded }: Connection, log: Log): Promise<void> {
  try {
    await withDeadline(work, isEmbedded ? undefined : seconds(5));
  } catch (error) {
    log.warn({ err: error }, 'The database was not closed cleanly.');
  }
}
