import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, inject, it } from 'vitest';
import { BackupWriter } from '../../src/backup/BackupWriter.ts';
import type { BackupRecord } from '../../src/backup/format.ts';
import { asText, Tally } from '../../src/backup/tables.ts';
import { migrateUp } from '../../src/core/database/migrate.ts';
import { Journal } from '../../src/core/journal/Journal.ts';
import { createLog } from '../../src/core/log/createLog.ts';
import { backup, contentOf, onDatabase, postgres, restore, temporaryFolder } from './kit.ts';

const say = (person: string, text: string, at = 'now()'): string =>
  `SELECT save_conversation('${person}', 'p${person}', '${text}', 'Well.', ${at}, '${person} ${text}')`;

/** A database with all migrations in which two people have written. */
async function lived(): Promise<Record<string, string>> {
  const environment = await postgres();
  await onDatabase(environment, async (query, orm) => {
    await migrateUp(orm);
    for (const person of ['30', '31']) await query(say(person, 'Hello'));
    await query("SELECT log_message('30', NULL, now(), 'dm', 'chat', 5, 6, 'm')");
  });
  return environment;
}

const content = (environment: Record<string, string>) => onDatabase(environment, contentOf);

const openJournal = (environment: Record<string, string>): Promise<Journal> =>
  Journal.open({
    folder: join(environment.DATA_DIR ?? '', 'journal'),
    maxBytes: 2 ** 26,
    reserveBytes: 0,
    log: createLog({ level: 'silent', secrets: [] }),
  });

describe.skipIf(!inject('postgres'))('a restore', () => {
  it('of an older version’s backup fills its schema, and brings it up to this version’s', async () => {
    const [source, target] = [await postgres(), await postgres()];
    await onDatabase(source, async (query, orm) => {
      await orm.migrator.up({ to: '009_moderation' });
      await query(say('30', 'Hello'));
      for (const n of [1, 2, 3]) await query(`SELECT log_message('30', NULL, now(), 'dm', 'chat', ${n}, 1, 'm${n}')`);
    });
    await restore(target, await backup(source));
    await onDatabase(source, (_query, orm) => migrateUp(orm));
    const restored = await content(target);
    expect(restored).toEqual(await content(source));
    expect(restored.message_hours).toHaveLength(1);
  });

  it('of a newer version’s backup is refused, and so is one into a newer version’s database', async () => {
    const [newer, older] = [await lived(), await lived()];
    await onDatabase(newer, (query) => query("INSERT INTO schema_migrations (name) VALUES ('999_future')"));
    const before = await content(older);
    const path = await backup(newer);
    await expect(restore(older, path, { replaces: true })).rejects.toMatchObject({ code: 'SchemaTooNew' });
    expect(await content(older)).toEqual(before);
    const sound = await backup(older);
    await expect(restore(newer, sound, { replaces: true })).rejects.toMatchObject({ code: 'SchemaTooNew' });
  });

  it('gives up what a database holds only when it may, and never under a bot that works there', async () => {
    const [source, target] = [await lived(), await lived()];
    const path = await backup(source);
    await onDatabase(target, (query) => query(say('32', 'Hello')));
    const before = await content(target);
    await expect(restore(target, path)).rejects.toMatchObject({
      code: 'DatabaseUnusable',
      message: expect.stringContaining('not empty (conversations, '),
    });
    await onDatabase(target, (query) => query("SELECT heartbeat('somebody', 15000, false)"));
    await expect(restore(target, path, { replaces: true })).rejects.toMatchObject({
      code: 'DatabaseUnusable',
      message: expect.stringContaining('A bot works in this database.'),
    });
    expect(await content(target)).toEqual(before);
    await onDatabase(target, (query) => query("SELECT leave_instance('somebody')"));
    await restore(target, path, { replaces: true });
    expect(await content(target)).toEqual(await content(source));
  });

  it('that replaces a database keeps erased what was erased in it since the backup', async () => {
    const bot = await lived();
    const path = await backup(bot);
    await onDatabase(bot, async (query) => {
      await query("SELECT forget_user('30', now())");
      await query("SELECT flush_user_conversations('31', now())");
      await query(say('31', 'Again'));
      await query("SELECT forget_user('33', now())");
    });
    expect((await restore(bot, path, { replaces: true })).erasedAgain).toBe(3);
    await onDatabase(bot, async (query) => {
      expect(await query('SELECT * FROM conversations')).toEqual([]);
      expect(await query('SELECT * FROM message_stats')).toEqual([]);
      expect(await query("SELECT username FROM users WHERE discord_id = '30'")).toEqual([{ username: '30' }]);
      // What is late does not bring anything back either.
      for (const person of ['30', '31', '33']) await query(say(person, 'Late', "now() - interval '1 hour'"));
      expect(await query('SELECT * FROM conversations')).toEqual([]);
      await query('SELECT flush_all_conversations(now())');
    });
    expect((await restore(bot, path, { replaces: true })).erasedAgain).toBe(4);
  });

  it('changes nothing when the rows do not fit together, or are refused', async () => {
    const [source, target] = [await lived(), await lived()];
    const before = await content(target);
    const path = await backup(source);
    for (const [what, spoil] of [
      ['without those that they point to (23503)', (row: string) => row.replace('["2", "31"', '["77", "31"')],
      ['Read back, table users is not', (row: string) => row.replace('["1", "30"', '["77", "30"')],
      ['a row of table users (23505)', (row: string) => row.replace('["2", "31"', '["1", "31"')],
      ['a row of table users (22P02)', (row: string) => row.replace('["2", "31"', '["two", "31"')],
    ] as const) {
      const spoilt = join(temporaryFolder(), 'spoilt');
      await rewrite(path, spoilt, spoil);
      await expect(restore(target, spoilt, { replaces: true })).rejects.toMatchObject({
        code: 'BackupUnusable',
        message: expect.stringContaining(what),
      });
      expect(await content(target)).toEqual(before);
    }
  });

  it('leaves out what no migration makes, and leaves other programs’ tables alone', async () => {
    const [source, target] = [await lived(), await lived()];
    for (const environment of [source, target])
      await onDatabase(environment, (query) => query('CREATE TABLE n8n_chat_histories AS SELECT 1 AS id'));
    await onDatabase(source, (query) => query('CREATE TABLE notes AS SELECT 1 AS id'));
    expect(await restore(target, await backup(source), { replaces: true })).toMatchObject({ leftOut: ['notes'] });
    expect(await onDatabase(target, (query) => query('SELECT * FROM n8n_chat_histories'))).toHaveLength(1);
  });

  it('puts what waited in the journal before what waits there already, each once', async () => {
    const [source, target] = [await lived(), await lived()];
    const journal = await openJournal(source);
    const entry = (n: number) => journal.append('write', { n }, { person: '30' });
    const [one, two, three] = [await entry(1), await entry(2), await entry(3)];
    journal.settle([two]);
    await journal.close();
    const running = await openJournal(source);
    const dead = await running.append('write', { n: 4 }, { person: '31' });
    await running.deadLetters.add(dead, { code: '23514', reason: 'The database refuses it for good.' });
    running.settle([dead]);
    await running.append('answer', { n: 5 }, { person: '31' });
    const own = await openJournal(target);
    await own.append('write', { n: 6 });
    await own.close();

    // The bot runs while it is backed up.
    const path = await backup(source);
    await running.close();
    expect((await restore(target, path, { replaces: true })).entries).toBe(3);
    expect((await restore(target, path, { replaces: true })).entries).toBe(0);
    const restored = await openJournal(target);
    const { entries } = await restored.read(undefined, 100);
    expect(entries.map(({ body }) => (body as { n: number }).n)).toEqual([1, 3, 5, 6]);
    expect(entries.slice(0, 2).map(({ id }) => id)).toEqual([one.id, three.id]);
    expect((await restored.deadLetters.list()).map(({ entry: { id } }) => id)).toEqual([dead.id]);
    await restored.close();
  });

  it('brings back what waited at the backup, though it was dealt with since in a database that is gone', async () => {
    const environment = await lived();
    const journal = await openJournal(environment);
    const pending = await journal.append('write', { n: 1 }, { person: '30' });
    const path = await backup(environment);
    journal.settle([pending]);
    await journal.append('write', { n: 2 }, { person: '31' });
    await journal.close();
    for (const entries of [1, 0])
      expect(await restore(environment, path, { replaces: true })).toMatchObject({ entries });
    const restored = await openJournal(environment);
    const { entries } = await restored.read(undefined, 100);
    expect(entries.map(({ body }) => (body as { n: number }).n)).toEqual([1, 2]);
    await restored.close();
  });
});

/** Another backup with other rows of users, whose sums are right. */
async function rewrite(path: string, to: string, change: (row: string) => string): Promise<void> {
  const writer = await BackupWriter.toFile(to);
  let tally = new Tally();
  let table = '';
  for (const line of gunzipSync(readFileSync(path)).toString().trimEnd().split('\n')) {
    if (line.startsWith('[')) {
      const row = table === 'users' ? change(line) : line;
      tally.add([row]);
      await writer.write(asText([row]));
      continue;
    }
    const record = JSON.parse(line) as BackupRecord;
    if ('table' in record) {
      table = record.table;
      tally = new Tally();
    }
    const changed: BackupRecord =
      'content' in record
        ? { content: tally.content }
        : 'end' in record
          ? { end: { ...record.end, sha256: writer.sha256 } }
          : record;
    await writer.write(asText([JSON.stringify(changed)]));
  }
  await writer.end();
}
