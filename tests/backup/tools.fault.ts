import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { lockDataDir } from '../../src/core/database/lockDataDir.ts';
import { migrateUp } from '../../src/core/database/migrate.ts';
import { contentOf, embedded, onDatabase, postgres, temporaryFolder } from './kit.ts';
import { fillOddly } from './oddContent.ts';
import { tool } from './tools.ts';

const content = (environment: Record<string, string>) => onDatabase(environment, contentOf);

async function lived(environment: Record<string, string>): Promise<Record<string, string>> {
  await onDatabase(environment, async (query, orm) => {
    await migrateUp(orm);
    await fillOddly(query);
  });
  return environment;
}

describe('npm run backup and npm run restore', () => {
  it.each([
    ['the embedded database', 'PostgreSQL', embedded, postgres],
    ['the embedded database', 'the embedded database', embedded, embedded],
    ['PostgreSQL', 'the embedded database', postgres, embedded],
  ])('bring everything from %s to %s', async (_from, _to, from, to) => {
    const [source, target, cwd] = [await lived(await from()), await to(), temporaryFolder()];
    const before = await content(source);
    const made = await tool('backup', [], source, { cwd });
    expect(made.status, made.stderr).toBe(0);
    const [name = ''] = readdirSync(cwd);
    expect(name).toMatch(/^steward-\d{8}T\d{6}Z\.backup$/);
    expect(made.stderr).toMatch(
      /^steward-\S+\.backup: \d+ tables with [\d,]+ rows, 0 journal entries, 0 dead letters, [\d,]+ bytes\n$/,
    );
    expect(statSync(join(cwd, name)).mode & 0o777).toBe(0o600);

    const temporary = temporaryFolder();
    const tried = await tool('restore', [name, '--verify'], { TMPDIR: temporary }, { cwd });
    expect([tried.status, tried.stderr]).toEqual([0, '']);
    expect(tried.stdout.toString()).toMatch(/Nothing was changed\.\n$/);
    expect([readdirSync(cwd), readdirSync(temporary)]).toEqual([[name], []]);

    const done = await tool('restore', [name], target, { cwd });
    expect([done.status, done.stderr]).toEqual([0, '']);
    expect(await content(target)).toEqual(before);
    // The next numbers are free, and the triggers and keys of before are at work.
    await onDatabase(target, async (query) => {
      await query("INSERT INTO users (discord_id, username) VALUES ('new', 'new')");
      await query("SELECT log_message('new', NULL, now(), 'dm', 'chat', 1, 1, 'new')");
      const counted = 'SELECT total_messages::text AS n FROM get_global_stats(36500)';
      expect(await query(counted)).toEqual([{ n: '16' }]);
      await expect(query('UPDATE conversations SET user_id = 0')).rejects.toMatchObject({ code: '23503' });
    });
  });

  it('keep what a database holds until its name is said', async () => {
    const [environment, cwd] = [await lived(await postgres()), temporaryFolder()];
    const { DB_NAME: name = '' } = environment;
    expect((await tool('backup', ['a'], environment, { cwd })).status).toBe(0);
    const before = await content(environment);
    const refused = await tool('restore', ['a'], environment, { cwd });
    expect(refused.status).toBe(1);
    expect(refused.stderr).toMatch(/^DatabaseUnusable: The database is not empty \(command_changes, .+--replace\.\n$/);
    for (const option of ['--replace', '--replace=another']) {
      const wrong = await tool('restore', ['a', option], environment, { cwd });
      const said = `BadEnvironment: The database that would be replaced is ${name}: --replace=${name} says so.\n`;
      expect([wrong.status, wrong.stderr]).toEqual([1, said]);
    }
    expect(await content(environment)).toEqual(before);
    const done = await tool('restore', ['a', `--replace=${name}`], environment, { cwd });
    expect([done.status, done.stderr]).toEqual([0, '']);
    expect(await content(environment)).toEqual(before);
  });

  it('say in a line what they need', async () => {
    const environment = embedded();
    const { DATA_DIR = '' } = environment;
    const cwd = temporaryFolder();
    const none = await tool('backup', [], environment, { cwd });
    expect([none.status, none.stderr]).toEqual([
      1,
      expect.stringMatching(/^DatabaseUnusable: There is nothing to back up: .+\n$/),
    ]);
    expect([readdirSync(cwd), readdirSync(DATA_DIR)]).toEqual([[], []]);
    await onDatabase(environment, (_query, orm) => migrateUp(orm));
    const unlock = lockDataDir(DATA_DIR);
    try {
      for (const [name, parameters] of [
        ['backup', ['a']],
        ['restore', ['b']],
      ] as const) {
        writeFileSync(join(cwd, 'b'), await whole());
        const locked = await tool(name, parameters, environment, { cwd });
        expect([locked.status, locked.stderr]).toEqual([1, expect.stringMatching(/^DataDirLocked: .+ Stop .+\n$/)]);
      }
    } finally {
      unlock();
    }
    for (const [name, parameters] of [
      ['backup', ['--all']],
      ['backup', ['a', 'b']],
      ['restore', []],
      ['restore', ['a', '--verfy']],
      ['restore', ['a', '--verify', '--replace=x']],
    ] as const) {
      const wrong = await tool(name, parameters, environment, { cwd });
      expect([wrong.status, wrong.stderr]).toEqual([1, expect.stringMatching(/^BadEnvironment: Say w.+\n$/)]);
    }
    const away = { ...environment, DB_HOST: '127.0.0.1', DB_PORT: '9' };
    const unreachable = await tool('backup', ['a'], away, { cwd });
    expect([unreachable.status, unreachable.stderr]).toEqual([
      1,
      'DatabaseUnusable: The database at DB_HOST cannot be used: ECONNREFUSED\n',
    ]);
    expect(readdirSync(cwd)).toEqual(['b']);
  });

  it('leave nothing when the disk takes no more, and write to standard output too', async () => {
    const [environment, cwd] = [await lived(await postgres()), temporaryFolder()];
    const full = await tool('backup', ['a'], environment, { cwd, by: ['prlimit', '--fsize=4096', '--'] });
    expect(full.status).toBe(1);
    expect(full.stderr).toMatch(/^BackupUnusable: a cannot be written \(EFBIG\): .+\.\n$/);
    expect(readdirSync(cwd)).toEqual([]);
    const piped = await tool('backup', ['-'], environment, { cwd });
    expect(piped.status).toBe(0);
    writeFileSync(join(cwd, 'a'), piped.stdout);
    expect((await tool('restore', ['a', '--verify'], {}, { cwd })).status).toBe(0);
    // The trial needs a disk as well.
    const temporary = temporaryFolder();
    const small = { cwd, by: ['prlimit', '--fsize=1048576', '--'] };
    const tried = await tool('restore', ['a', '--verify'], { TMPDIR: temporary }, small);
    expect(tried.status, tried.stderr).toBe(1);
    expect(readdirSync(temporary)).toEqual([]);
  });

  it('leave nothing behind when they are ended by a signal', async () => {
    const [environment, target, cwd] = [await lived(await postgres()), await postgres(), temporaryFolder()];
    await onDatabase(environment, (query) =>
      query(
        'INSERT INTO conversations (user_id, user_message, ai_response) SELECT 1, md5(n::text), repeat(md5(n::text), 40) FROM generate_series(1, 60000) n',
      ),
    );
    expect((await tool('backup', ['whole'], environment, { cwd })).status).toBe(0);
    const stopped = await tool('backup', ['a'], environment, {
      cwd,
      onStarted: (child) => void whenThere(join(cwd, 'a.partial'), () => child.kill('SIGINT')),
    });
    const said = 'BackupUnusable: Stopped before the end: nothing was changed.\n';
    expect([stopped.status, stopped.stderr]).toEqual([1, said]);
    expect(readdirSync(cwd)).toEqual(['whole']);

    await onDatabase(target, async (query) => {
      const halted = await tool('restore', ['whole'], target, {
        cwd,
        onStarted: (child) => void whenBusy(query, () => child.kill('SIGTERM')),
      });
      expect([halted.status, halted.stderr]).toEqual([1, said]);
      expect(await query("SELECT to_regclass('users')::text AS name")).toEqual([{ name: null }]);
    });
    const { DATA_DIR = '' } = target;
    expect(readdirSync(join(DATA_DIR, 'journal'))).toEqual([]);
  });
});

/** A whole backup of an empty bot. */
async function whole(): Promise<Buffer> {
  const environment = await postgres();
  await onDatabase(environment, (_query, orm) => migrateUp(orm));
  const cwd = temporaryFolder();
  await tool('backup', ['a'], environment, { cwd });
  return readFileSync(join(cwd, 'a'));
}

async function whenThere(path: string, then: () => void): Promise<void> {
  while (!statSync(path, { throwIfNoEntry: false })?.size) await new Promise((resolve) => setTimeout(resolve, 5));
  then();
}

/** Another process's work has no event: asked until it fills a table. */
async function whenBusy(query: Parameters<typeof contentOf>[0], then: () => void): Promise<void> {
  const busy =
    "SELECT FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'INSERT INTO conversations%'";
  while ((await query(busy)).length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  then();
}
