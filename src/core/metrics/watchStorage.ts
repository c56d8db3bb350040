import { Counter, Gauge, type Registry } from 'prom-client';
import type { Database } from '../database/Database.ts';

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
    name: 'steward_journal_entries',
    help: 'What waits on the disk: writes for the database, answers for Discord.',
    labelNames: ['kind'],
    registers,
    collect() {
      for (const kind of ['write', 'answer', 'callback']) this.set({ kind }, database.journal.depth(kind));
    },
  });
  new Gauge({
    name: 'steward_journal_bytes',
    help: 'Size of the journal.',
    registers,
    collect() {
      this.set(database.journal.bytes);
    },
  });
  return database.onChange((state) => changes.inc({ state }));
}
