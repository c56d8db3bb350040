import { Gauge, type Registry } from 'prom-client';
import type { Journal } from '../journal/Journal.ts';

/** Shows in a bot's metrics what waits in the journal. */
export function watchJournal(metrics: Registry, journal: Journal): void {
  const registers = [metrics];
  new Gauge({
    name: 'steward_journal_entries',
    help: 'What waits on the disk: writes for the database, answers for Discord.',
    labelNames: ['kind'],
    registers,
    collect() {
      for (const kind of ['write', 'answer', 'callback']) this.set({ kind }, journal.depth(kind));
    },
  });
  new Gauge({
    name: 'steward_journal_bytes',
    help: 'Size of the journal.',
    registers,
    collect() {
      this.set(journal.bytes);
    },
  });
  new Gauge({
    name: 'steward_journal_oldest_age_seconds',
    help: 'Age of what has waited longest in the journal; 0 while nothing waits.',
    registers,
    collect() {
      this.set(journal.oldest === undefined ? 0 : Math.max(0, Date.now() - journal.oldest) / 1_000);
    },
  });
  new Gauge({
    name: 'steward_dead_letters',
    help: 'Writes that were put aside because the database refuses them for good, or because they are damaged.',
    registers,
    collect() {
      this.set(journal.deadLetters.size);
    },
  });
}
