import config from '../sapphire.config.ts';
import { readEnvironment } from './core/config.ts';
import type { Database } from './core/database/Database.ts';
import { unusable } from './core/database/unusable.ts';
import { endProcess } from './core/endProcess.ts';
import { openStorage } from './core/openStorage.ts';
import { days, hours, minutes } from './core/time.ts';

const print = (line: string): boolean => process.stdout.write(`${line}\n`);

// Ids that Discord gives to nobody: they are of its first second.
const people = [
  { id: '1001', name: 'ada', asks: ['What is a loop?', 'And a recursion?', 'Which is faster?'] },
  { id: '1002', name: 'grace', asks: ['Who found the first bug?', 'Was it really a moth?'] },
  { id: '1003', name: 'linus', asks: ['Good morning!'] },
];

const warnings = [
  { person: people[1], reason: 'Wrote in capitals.', at: days(2) },
  { person: people[2], reason: 'Advertised a shop.', at: days(20) },
  { person: people[2], reason: 'Advertised it again.', at: hours(5) },
];

/** How many days back there are statistics. */
const history = 14;

/** Writes three people with conversations, warnings and statistics; each under its key, so that repeating adds nothing. */
async function seed(database: Database): Promise<void> {
  const now = Date.now();
  const ago = (milliseconds: number): string => new Date(now - milliseconds).toISOString();
  for (const { id, name, asks } of people) {
    for (const [n, text] of asks.entries()) {
      const values = [id, name, text, `You said: ${text}`, ago(hours(1) - minutes(n)), `seed:${id}:conversation:${n}`];
      await database.query('SELECT save_conversation($1, $2, $3, $4, $5, $6)', values);
    }
    // Fewer for each: there is somebody who writes most.
    for (let n = 0; n < history * asks.length; n += 1) {
      const at = ago((n / asks.length) * days(1) + minutes(37 * n));
      const values = [id, name, at, 'dm', 'chat', 400 + 50 * (n % 17), 120 + n, `seed:${id}:message:${n}`];
      await database.query('SELECT log_message($1, $2, $3, $4, $5, $6, $7, $8)', values);
    }
    for (const [n, command] of ['help', 'limits', 'help'].entries()) {
      const at = ago(days(n) + hours(3));
      const message = [id, name, at, 'dm', 'command', 12, null, `seed:${id}:command-message:${n}`];
      await database.query('SELECT log_message($1, $2, $3, $4, $5, $6, $7, $8)', message);
      const usage = [id, name, at, command, false, true, `seed:${id}:command:${n}`];
      await database.query('SELECT log_command($1, $2, $3, $4, $5, $6, $7)', usage);
    }
  }
  for (const [n, { person, reason, at }] of warnings.entries()) {
    const expires = new Date(now - at + days(30)).toISOString();
    const values = [person?.id, person?.name, `seed${n}`, reason, 'automation', ago(at), expires, `seed:warning:${n}`];
    await database.query('SELECT add_warning($1, $2, $3, $4, $5, $6, $7, $8, now())', values);
  }
}

try {
  const database = await openStorage(config, readEnvironment());
  try {
    if (database.state === 'degraded') throw unusable(new Error(database.reason), 'The database at DB_HOST');
    await seed(database);
    print(`There are ${people.map(({ name }) => name).join(', ')}, with conversations, warnings and statistics.`);
  } finally {
    await database.close();
  }
} catch (error) {
  endProcess(error);
}
