import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { lockDataDir } from '../../src/core/database/lockDataDir.ts';
import { Journal } from '../../src/core/journal/Journal.ts';
import { createLog } from '../../src/core/log/createLog.ts';
import { createTestDatabase, type TestDatabase } from '../../src/testing/postgres/testDatabase.ts';
import { query } from './query.ts';

const script = fileURLToPath(new URL('../../src/journal.ts', import.meta.url));
const at = new Date().toISOString();
const ada = '100000000000000001';

/** What the bot keeps of an exchange when the database is away. */
const exchange = (key: string, answer: unknown = 'an answer') => ({
  repository: 'conversations',
  method: 'saveMessage',
  parameters: [ada, 'ada', `question ${key}`, answer, { key, at }],
});

describe.skipIf(!inject('postgres'))('npm run journal', { timeout: 120_000 }, () => {
  let database: TestDatabase;
  let folder: string;
  beforeEach(async () => {
    database = await createTestDatabase();
    folder = await mkdtemp(join(tmpdir(), 'steward-journal-'));
  });
  afterEach(async () => {
    await database.drop();
    await rm(folder, { recursive: true });
  });

  const keep = async (...bodies: object[]): Promise<string[]> => {
    const log = createLog({ level: 'silent', secrets: [] });
    const journal = await Journal.open({ folder: join(folder, 'journal'), maxBytes: 1e9, log });
    const entries = await Promise.all(bodies.map((body) => journal.append('write', body, { person: ada })));
    await journal.close();
    return entries.map(({ id }) => id);
  };

  const journal = async (parameters: string[], variables: Record<string, string> = {}) => {
    const { PATH } = process.env;
    const env = { PATH, DATA_DIR: folder, ...database.environment, ...variables };
    const run = promisify(execFile)(process.execPath, [script, ...parameters], { cwd: folder, env });
    return run.then(
      ({ stdout, stderr }) => ({ status: 0, stdout, stderr }),
      ({ code, stdout, stderr }) => ({ status: Number(code), stdout: String(stdout), stderr: String(stderr) }),
    );
  };
  const stored = () =>
    query<{ user_message: string }>(database.environment, 'SELECT user_message FROM conversations ORDER BY key');

  it('lists what waits without its texts, shows one entry with them, and brings all of it in once', async () => {
    const [first, second] = await keep(exchange('1'), exchange('2'));
    const list = await journal(['ls']);
    expect(list.stdout).toMatch(
      new RegExp(`${first} .* write conversations.saveMessage  ${ada}  \\d+ bytes\n${second} `),
    );
    expect(list.stdout).toContain('2 waiting, 0 dead');
    expect(list.stdout).not.toContain('question');
    expect(JSON.parse((await journal(['show', String(second)])).stdout)).toMatchObject({
      id: second,
      body: exchange('2'),
    });
    expect((await journal(['replay'])).stdout).toContain('2 brought in, 0 waiting, 0 dead');
    expect((await journal(['replay'])).stdout).toContain('0 brought in, 0 waiting, 0 dead');
    expect(await stored()).toEqual([{ user_message: 'question 1' }, { user_message: 'question 2' }]);
  });

  it('puts aside what the database refuses for good, and tries it again when told to', async () => {
    await keep(exchange('1', null), exchange('2'));
    expect((await journal(['replay'])).stdout).toContain('0 waiting, 1 dead');
    expect(await stored()).toEqual([{ user_message: 'question 2' }]);
    const list = await journal(['ls']);
    expect(list.stdout).toContain('DEAD 23502');
    expect(list.stdout + list.stderr).not.toContain('question');
    await query(database.environment, 'ALTER TABLE conversations ALTER ai_response DROP NOT NULL');
    expect((await journal(['replay', '--dead'])).stdout).toContain('0 waiting, 0 dead');
    expect(await stored()).toHaveLength(2);
  });

  it('keeps everything, and says why, when the database cannot be reached', async () => {
    await keep(exchange('1'));
    const { status, stderr } = await journal(['replay'], { DB_PORT: '1' });
    expect([status, stderr]).toEqual([1, expect.stringContaining('DatabaseUnusable: The database cannot be used')]);
    expect((await journal(['ls'])).stdout).toContain('1 waiting, 0 dead');
  });

  it('leaves the data folder of a running bot alone, and says what it can do', async () => {
    const unlock = lockDataDir(folder);
    expect(await journal(['ls'])).toMatchObject({ status: 1, stderr: expect.stringContaining('DataDirLocked') });
    unlock();
    for (const parameters of [[], ['constructor'], ['show', 'unknown']])
      expect((await journal(parameters)).status).toBe(1);
  });
});
