import { afterEach, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { JournalError } from '../../../src/core/journal/JournalError.ts';
import { damageLine } from './damageLine.ts';
import { NotesBench } from './NotesBench.ts';
import { type Notes, resilientNotes } from './notes.ts';

const numbered = (count: number, from = 0) => Array.from({ length: count }, (_, n) => `note ${from + n}`);

describe.skipIf(!inject('postgres'))('the backlog', { timeout: 120_000 }, () => {
  let bench: NotesBench;
  beforeEach(async () => {
    bench = await NotesBench.start(inject('postgres'));
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    await bench?.[Symbol.asyncDispose]();
  });

  const writeAll = async (texts: readonly string[], person = 'ada') => {
    for (const text of texts) await bench.notes.write(person, text);
  };
  /** What the journal holds on the disk. */
  const journalled = async () => (await bench.database.journal.read(undefined, 10_000)).entries;
  const letters = () => bench.database.journal.deadLetters.list();

  it('has a write on the disk before the call returns, and shows it from memory', async () => {
    await bench.open();
    await bench.proxy.refuse();
    expect(await bench.notes.write('ada', 'hello')).toBe('memory');
    expect(await journalled()).toMatchObject([
      { kind: 'write', person: 'ada', body: { repository: 'notes', method: 'write' } },
    ]);
    expect(await bench.notes.read('ada')).toEqual(['hello']);
    expect([bench.database.journal.depth('write'), await bench.rows()]).toEqual([1, []]);
  });

  it('brings everything in once and in order, and is empty before the state says connected', async () => {
    await bench.open();
    await bench.notes.write('ada', 'before');
    await bench.proxy.refuse();
    const people = ['ada', 'grace', 'joan'];
    const texts = numbered(450);
    for (const [n, text] of texts.entries()) await bench.notes.write(people[n % people.length] ?? '', text);
    const atChange: unknown[] = [];
    bench.database.onChange((state) => atChange.push([state, bench.database.journal.depth('write')]));
    await bench.proxy.heal();
    await bench.untilConnected();
    expect(atChange).toEqual([['connected', 0]]);
    expect(await bench.rows()).toEqual(['before', ...texts]);
    expect(await bench.notes.read('grace')).toEqual(texts.filter((_, n) => n % 3 === 1));
  });

  it('answers from memory while it is being emptied, and takes what is written meanwhile behind the rest', async () => {
    await bench.open();
    await bench.proxy.refuse();
    const texts = numbered(250);
    await writeAll(texts);
    const unlock = await bench.lock('ada');
    await bench.proxy.heal();
    // The replay waits for the lock by now.
    const waits = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    await expect.poll(async () => (await bench.sql(waits)).length, { timeout: 40_000 }).toBe(1);
    expect([bench.database.state, bench.database.isReachable]).toEqual(['degraded', true]);
    expect(await bench.notes.write('ada', 'meanwhile')).toBe('memory');
    expect(await bench.notes.write('grace', 'meanwhile too')).toBe('memory');
    expect(await bench.notes.read('ada')).toEqual([...texts, 'meanwhile']);
    await unlock();
    await bench.untilConnected();
    expect(await bench.rows()).toEqual([...texts, 'meanwhile', 'meanwhile too']);
  });

  it('waits until every repository is known', async () => {
    await bench.open();
    await bench.proxy.refuse();
    await bench.notes.write('ada', 'hello');
    await bench.database.close();
    await bench.proxy.heal();
    const database = await bench.open({ complete: false });
    expect([database.state, database.isReachable, database.journal.depth('write')]).toEqual(['degraded', true, 1]);
    expect(await bench.notes.write('ada', 'behind it')).toBe('memory');
    expect(await bench.rows()).toEqual([]);
    await database.complete();
    expect(await bench.notes.read('ada')).toEqual(expect.arrayContaining(['hello', 'behind it']));
    await bench.untilConnected();
    expect(await bench.rows()).toEqual(['hello', 'behind it']);
  });

  it.each(['22P02', '23503', '22021'])(
    'puts an entry aside that the database refuses for its data (%s), and says so without them',
    async (code) => {
      await bench.open();
      await bench.proxy.refuse();
      await writeAll(['first', `raise ${code}`, 'last']);
      await bench.proxy.heal();
      await bench.untilConnected();
      expect(await bench.rows()).toEqual(['first', 'last']);
      expect(await letters()).toMatchObject([
        { code, entry: { kind: 'write', person: 'ada', body: { parameters: ['ada', `raise ${code}`, {}] } } },
      ]);
      const [letter] = await letters();
      const lines = bench.lines.filter(({ msg }) => msg.includes('dead letters'));
      expect(lines).toMatchObject([{ level: 'error', entry: letter?.entry.id }]);
      expect(bench.logged).not.toMatch(/ada|raise|first|last/);
    },
  );

  it('puts an entry aside whose text has a NUL', async () => {
    await bench.open();
    await bench.proxy.refuse();
    await writeAll(['first', '\0', 'last']);
    await bench.proxy.heal();
    await bench.untilConnected();
    expect(await bench.rows()).toEqual(['first', 'last']);
    expect(await letters()).toMatchObject([{ code: expect.stringMatching(/^(08P01|22021)$/) }]);
  });

  it.each(['42P01', 'P0001'])(
    'tries an entry five times whose statement is refused (%s), then puts it aside',
    async (code) => {
      await bench.open();
      await bench.proxy.refuse();
      await writeAll(['first', `raise ${code}`, 'last']);
      await bench.proxy.heal();
      await bench.untilConnected();
      expect(await bench.rows()).toEqual(['first', 'last']);
      expect(await letters()).toMatchObject([{ code, entry: { person: 'ada' } }]);
      expect(bench.logged).not.toMatch(/ada|raise|first|last/);
    },
  );

  it('brings an entry in whose statement is refused until a migration has run', async () => {
    await bench.open();
    await bench.proxy.refuse();
    await writeAll(['first', 'second']);
    await bench.sql('ALTER TABLE notes RENAME TO misplaced_notes');
    await bench.proxy.heal();
    await expect.poll(() => bench.database.reason, { timeout: 40_000 }).toBe('42P01');
    await bench.sql('ALTER TABLE misplaced_notes RENAME TO notes');
    await bench.untilConnected();
    expect([await bench.rows(), await letters()]).toEqual([['first', 'second'], []]);
  });

  it('puts entries aside whose repository or method nobody knows any more, and keeps the others', async () => {
    await bench.open();
    await bench.proxy.refuse();
    await bench.notes.write('ada', 'first');
    await bench.database.keep('removed plugin', { method: 'write', parameters: ['ada', 'a secret'] }, 'ada');
    await bench.database.keep('notes', { method: 'removed', parameters: ['ada', 'a secret'] }, 'ada');
    await bench.notes.write('ada', 'last');
    await bench.proxy.heal();
    await bench.untilConnected();
    expect(await bench.rows()).toEqual(['first', 'last']);
    expect(await letters()).toMatchObject([
      { code: 'TypeError', entry: { body: { repository: 'removed plugin' } } },
      { code: 'TypeError', entry: { body: { method: 'removed' } } },
    ]);
    expect(bench.logged).not.toContain('a secret');
  });

  it('carries out in one transaction a write that is itself one', async () => {
    const database = await bench.open();
    const failing: Notes = {
      read: async () => [],
      write: async (person, text, { key, at } = {}) =>
        database.transaction(async () => {
          await database.query('SELECT write_note($1, $2, $3, $4)', [key, person, text, at?.toISOString()]);
          await database.query("SELECT write_note('another', 'ada', 'raise 23503', now())");
          return 'database' as const;
        }),
    };
    resilientNotes(database, bench.mirror, failing);
    await bench.proxy.refuse();
    await bench.notes.write('ada', 'half of it');
    await bench.proxy.heal();
    await bench.untilConnected();
    expect([await bench.rows(), (await letters()).length]).toEqual([[], 1]);
    expect(await bench.sql('SELECT * FROM journal_entries')).toEqual([]);
  });

  it('is not stuck behind an entry that was damaged on the disk', async () => {
    await bench.open();
    await bench.proxy.refuse();
    await writeAll(['first', 'second', 'third']);
    await damageLine(bench.dataDir, 'second');
    await bench.proxy.heal();
    await bench.untilConnected();
    expect(await bench.rows()).toEqual(['first', 'third']);
    expect(await letters()).toMatchObject([{ code: 'Damaged' }]);
  });

  describe('when the disk takes nothing', () => {
    const full = () => Promise.reject(new JournalError('JournalUnwritable', 'The disk is full.'));
    const fillDisk = () => vi.spyOn(bench.database.journal, 'append').mockImplementation(full);

    it('throws what is not essential back', async () => {
      await bench.open();
      await bench.proxy.refuse();
      await bench.notes.read('ada');
      fillDisk();
      const call = { method: 'write', parameters: ['ada', 'hello', { key: 'a key', at: new Date() }] };
      await expect(bench.database.keep('notes', call, 'ada', false)).rejects.toBeInstanceOf(JournalError);
      await bench.proxy.heal();
      // Nothing waits: it comes back.
      await bench.untilConnected();
      expect(await bench.rows()).toEqual([]);
    });

    it('holds an essential write until the disk takes it', async () => {
      await bench.open();
      await bench.proxy.refuse();
      await bench.notes.write('ada', 'before');
      const disk = fillDisk();
      const held = bench.notes.write('ada', 'held');
      await expect.poll(() => disk.mock.calls.length, { timeout: 40_000 }).toBeGreaterThan(1);
      disk.mockRestore();
      expect(await held).toBe('memory');
      expect(bench.database.journal.depth('write')).toBe(2);
      await bench.proxy.heal();
      await bench.untilConnected();
      expect(await bench.rows()).toEqual(['before', 'held']);
      expect(bench.lines.filter(({ msg }) => msg.includes('is held'))).toHaveLength(1);
    });

    it('holds an essential write until the database takes it, behind what is in the journal', async () => {
      await bench.open();
      await bench.proxy.refuse();
      const texts = numbered(300);
      await writeAll(texts);
      const disk = fillDisk();
      const held = bench.notes.write('ada', 'held');
      await expect.poll(() => disk.mock.calls.length, { timeout: 40_000 }).toBe(1);
      const unlock = await bench.lock('ada');
      await bench.proxy.heal();
      await expect.poll(() => bench.database.isReachable, { timeout: 40_000 }).toBe(true);
      await expect.poll(() => disk.mock.calls.length, { timeout: 40_000 }).toBeGreaterThan(3);
      await unlock();
      expect(await held).toBe('memory');
      await bench.untilConnected();
      expect(await bench.rows()).toEqual([...texts, 'held']);
    });

    it('holds it on when the database goes away again while it takes it', async () => {
      await bench.open();
      const unlock = await bench.lock('ada');
      const disk = fillDisk();
      const held = bench.notes.write('ada', 'held');
      const waiting = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
      // The first attempt, and the one by which it is held.
      await expect.poll(async () => (await bench.sql(waiting)).length, { timeout: 40_000 }).toBe(2);
      await bench.proxy.refuse();
      await bench.untilDegraded();
      await expect.poll(() => disk.mock.calls.length, { timeout: 40_000 }).toBeGreaterThan(2);
      await bench.proxy.heal();
      await unlock();
      expect(await held).toBe('memory');
      await bench.untilConnected();
      expect(await bench.rows()).toEqual(['held']);
    });

    it('lets go of it when the bot stops', async () => {
      await bench.open();
      await bench.proxy.refuse();
      await bench.notes.read('ada');
      const disk = fillDisk();
      const held = expect(bench.notes.write('ada', 'held')).rejects.toBeInstanceOf(JournalError);
      await expect.poll(() => disk.mock.calls.length, { timeout: 40_000 }).toBe(1);
      await bench.database.close();
      await held;
    });
  });
});
