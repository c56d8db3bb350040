import { Counter, Histogram, type Registry } from 'prom-client';
import { callOutcomes, type DatabaseEvent, databaseChannel } from '../database/databaseChannel.ts';

/** Counts and times calls of the database, and what comes into it from the journal, until the returned function is called. */
export function watchDatabaseCalls(metrics: Registry): () => void {
  const registers = [metrics];
  const calls = new Counter({
    name: 'steward_database_calls_total',
    help: 'Calls that somebody waited for, by what came of them.',
    labelNames: ['outcome'],
    registers,
  });
  for (const outcome of callOutcomes) calls.inc({ outcome }, 0);
  const duration = new Histogram({
    name: 'steward_database_call_duration_seconds',
    help: 'How long was waited for calls of the database, whatever came of them.',
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers,
  });
  const replayed = new Counter({
    name: 'steward_journal_replayed_total',
    help: 'Writes that waited in the journal and were dealt with: brought in, or put aside as dead letters.',
    registers,
  });
  const onEvent = (message: unknown): void => {
    const event = message as DatabaseEvent;
    if (event.kind === 'replayed') replayed.inc(event.writes);
    else {
      calls.inc({ outcome: event.outcome });
      duration.observe(event.duration / 1_000);
    }
  };
  databaseChannel.subscribe(onEvent);
  return () => void databaseChannel.unsubscribe(onEvent);
}
