import { join } from 'node:path';
import { minutes } from '../../core/time.ts';
import type { Check } from '../Check.ts';
import { broken, type Finding, ok, warning } from '../Finding.ts';
import { type Contents, readJournal } from '../readJournal.ts';

const away = 'Start the bot if it is off; else see why the database or Discord cannot be reached.';

/** What waits in the journal, and whether there is room for more. */
export const journal: Check = {
  what: 'journal',
  reads: ['DATA', 'JOURNAL'],
  cure: 'Check that this user may read DATA_DIR/journal. Never delete it: it may hold what the database does not have.',
  async run({ env }) {
    const contents = await readJournal(join(env.DATA_DIR, 'journal'));
    return [describe(contents, env.JOURNAL_MAX_MB), ...deadLetters(contents.dead)];
  },
};

function describe({ waiting, oldest, bytes }: Contents, most: number): Finding {
  const megabytes = bytes / 1_048_576;
  const share = megabytes / most;
  const age = oldest === undefined ? 0 : Date.now() - oldest;
  const count =
    waiting === 0 ? 'nothing waits' : `${waiting} waiting, the oldest for ${Math.round(age / 60_000)} minutes`;
  const finding = `${count}; ${megabytes.toFixed(1)} of ${most} MiB`;
  if (share > 0.95) return broken('journal', `full: ${finding}`, away);
  if (share > 0.8 || age > minutes(10)) return warning('journal', finding, away);
  return ok('journal', finding);
}

function deadLetters(count: number): Finding[] {
  if (count === 0) return [];
  const cure = 'Stop the bot; npm run journal -- ls tells why, … replay --dead tries again.';
  return [warning('dead letters', `${count} put aside, which the database refused for good`, cure)];
}
