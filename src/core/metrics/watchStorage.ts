import { Counter, Gauge, type Registry } from 'prom-client';
import type { Database } from '../database/Database.ts';
import { rowsRemoved } from './rowsRemoved.ts';
import { watchDatabaseCalls } from './watchDatabaseCalls.ts';
import { watchJournal } from './watchJournal.ts';

/** Shows the state of the database and the journal in a bot's metrics, until the returned function is called. */
export function watchStorage(metrics: Registry, database: Database): () => void {
  const registers = [metrics];
  const changes = new Counter({
    name: 'steward_database_changes_total',
    help: 'How often the database went away (degraded) and came back (connected).',
    labelNames: ['state'],
    registers,
  });
  new Gauge({
    name: 'steward_database_connected',
    help: '1 while the database is used, 0 while the bot goes on without it.',
    registers,
    collect() {
      this.set(database.state === 'connected' ? 1 : 0);
    },
  });
  new Gauge({
    name: 'steward_database_pool_connections',
    help: 'Open connections that are in use and that are not, and callers that wait for one. The embedded database has none.',
    labelNames: ['state'],
    registers,
    collect() {
      for (const [state, count] of Object.entries(database.pool ?? {})) this.set({ state }, count);
    },
  });
  rowsRemoved(metrics);
  const stopCalls = watchDatabaseCalls(metrics);
  watchJournal(metrics, database.journal);
  const stopChanges = database.onChange((state) => changes.inc({ state }));
  return () => {
    stopChanges();
    stopCalls();
  };
}
