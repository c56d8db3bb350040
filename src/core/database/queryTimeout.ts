import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks';
import { seconds } from '../time.ts';

/** How long a query may take whose caller says nothing else: long work (cleanup, statistics, replay) has its own limits. */
export const patience = seconds(60);

/** Longer than anything that one batch of a replay does. */
export const replayTimeout = seconds(30);

/** Milliseconds that the queries of the current call may take; set by whoever waits for them. */
export const queryTimeout = new AsyncLocalStorage<number>();

/** `queryTimeout.run` for what every message does some seven times: that one copies the context once more, to restore it. */
export function withQueryTimeout<T>(milliseconds: number, work: () => T): T {
  return new AsyncResource('steward.call').runInAsyncScope(() => {
    queryTimeout.enterWith(milliseconds);
    return work();
  });
}
