import config from '../sapphire.config.ts';
import { readEnvironment } from './core/config.ts';
import type { Database } from './core/database/Database.ts';
import type { RepositoryCall } from './core/database/resilient.ts';
import { unusable } from './core/database/unusable.ts';
import { endProcess } from './core/endProcess.ts';
import { KernelError } from './core/errors.ts';
import type { JournalEntry } from './core/journal/Journal.ts';
import { openStorage } from './core/openStorage.ts';

const print = (line: string): boolean => process.stdout.write(`${line}\n`);

/** An entry in one line, without what anybody wrote. */
function summary({ id, kind, person, at, body }: JournalEntry): string {
  const { repository, method } = body as { repository?: string; method?: string };
  const what = repository === undefined ? kind : `${kind} ${repository}.${method}`;
  return `${id}  ${new Date(at).toISOString()}  ${what}  ${person ?? '-'}  ${JSON.stringify(body).length} bytes`;
}

async function* entriesOf({ journal }: Database): AsyncGenerator<JournalEntry> {
  let read = await journal.read(undefined, 200);
  for (; read.entries.length > 0; read = await journal.read(read.next, 200)) yield* read.entries;
}

const actions = {
  /** Lists what waits, and the dead letters with their reasons; no texts. */
  async ls(database) {
    for await (const entry of entriesOf(database)) print(summary(entry));
    for (const { entry, code, reason } of await database.journal.deadLetters.list())
      print(`${summary(entry)}  DEAD ${code}: ${reason}`);
    print(`${database.journal.depth()} waiting, ${(await database.journal.deadLetters.list()).length} dead`);
  },
  /** Shows one entry with everything in it. */
  async show(database, [id]) {
    for await (const entry of entriesOf(database))
      if (entry.id === id) return void print(JSON.stringify(entry, null, 2));
    const letter = (await database.journal.deadLetters.list()).find(({ entry }) => entry.id === id);
    if (!letter) throw new KernelError('BadEnvironment', 'There is no such entry: npm run journal -- ls lists them.');
    print(JSON.stringify(letter, null, 2));
  },
  /** Brings everything that waits into the database; with --dead, the dead letters once more too. */
  async replay(database, options) {
    const { deadLetters } = database.journal;
    if (options.includes('--dead')) {
      for (const { entry } of await deadLetters.list()) {
        // What was damaged on the disk is nothing that could be carried out.
        if (entry.kind !== 'write') continue;
        const { repository, ...call } = entry.body as RepositoryCall & { repository: string };
        await database.keep(repository, call, entry.person);
        await deadLetters.take(entry.id);
      }
    }
    const before = database.journal.depth('write');
    await database.replay();
    const dead = (await deadLetters.list()).length;
    print(`${before} brought in, ${database.journal.depth('write')} waiting, ${dead} dead`);
  },
} satisfies Record<string, (database: Database, parameters: readonly string[]) => Promise<void>>;

try {
  const [name, ...parameters] = process.argv.slice(2);
  const action = Object.hasOwn(actions, name ?? '') ? actions[name as keyof typeof actions] : undefined;
  if (!action) throw new KernelError('BadEnvironment', 'Say what to do: ls, show ID, replay or replay --dead.');
  const database = await openStorage(config, readEnvironment());
  try {
    await action(database, parameters);
  } finally {
    await database.close();
  }
} catch (error) {
  endProcess(error instanceof Error && error.name === 'UnavailableError' ? unusable(error, 'The database') : error);
}
