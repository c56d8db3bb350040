import { channel } from 'node:diagnostics_channel';

/** What became of a call: a `timeout` may have taken effect, `away` was not made or broken off, an `error` is the caller's. */
export const callOutcomes = ['answered', 'timeout', 'away', 'error'] as const;

/** A call that somebody waited for has ended (its duration in milliseconds), or writes came in from the journal. */
export type DatabaseEvent =
  | { readonly kind: 'call'; readonly outcome: (typeof callOutcomes)[number]; readonly duration: number }
  | { readonly kind: 'replayed'; readonly writes: number };

/** Where the kernel tells how it goes with the database; a subscriber that throws ends the process. */
export const databaseChannel = channel('steward:database');
