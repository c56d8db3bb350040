import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { lockDataDir } from '../../src/core/database/lockDataDir.ts';
import { createTestDatabase } from '../../src/testing/postgres/testDatabase.ts';
import { prepareEmbedded } from '../../src/testing/prepareEmbedded.ts';
import { openDatabase } from '../../src/testing/repositories/openDatabase.ts';

const script = fileURLToPath(new URL('../../src/seed.ts', import.meta.url));
const { PATH, NODE_COMPILE_CACHE } = process.env;
const tables = ['users', 'conversations', 'warnings', 'message_stats', 'command_usage'];

describe('npm run db:seed', { timeout: 120_000 }, () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'steward-seed-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const seed = (environment: Record<string, string> = {}) =>
    promisify(execFile)(process.execPath, [script], {
      cwd: folder,
      env: { PATH, NODE_COMPILE_CACHE, DATA_DIR: folder, ...environment },
    }).then(
      ({ stdout, stderr }) => ({ status: 0, stdout, stderr }),
      ({ code, stdout, stderr }) => ({ status: Number(code), stdout: String(stdout), stderr: String(stderr) }),
    );

  async function rows(environment: Record<string, string> = {}) {
    const database = await openDatabase({ DATA_DIR: folder, ...environment });
    try {
      const all = tables.map(
        async (table) => [table, await database.query(`SELECT * FROM ${table} ORDER BY id`)] as const,
      );
      return Object.fromEntries(await Promise.all(all));
    } finally {
      await database.close();
    }
  }

  async function writesOnce(environment: Record<string, string> = {}): Promise<void> {
    const done = {
      status: 0,
      stdout: 'There are ada, grace, linus, with conversations, warnings and statistics.\n',
      stderr: '',
    };
    expect(await seed(environment)).toEqual(done);
    const written = await rows(environment);
    expect(Object.fromEntries(tables.map((table) => [table, written[table]?.length]))).toEqual({
      users: 3,
      conversations: 6,
      warnings: 3,
      message_stats: 6 * 14 + 9,
      command_usage: 9,
    });
    expect(await seed(environment)).toEqual(done);
    expect(await rows(environment)).toEqual(written);
  }

  it('fills the embedded database, and a second time changes nothing', async () => {
    await prepareEmbedded(folder);
    await writesOnce();
  });

  it.skipIf(!inject('postgres'))('fills PostgreSQL, and a second time changes nothing', async () => {
    const database = await createTestDatabase();
    try {
      await writesOnce(database.environment);
    } finally {
      await database.drop();
    }
  });

  it('leaves a database alone that a running bot uses, and says so in one line', async () => {
    const unlock = lockDataDir(folder);
    try {
      expect(await seed()).toEqual({
        status: 1,
        stdout: '',
        stderr: expect.stringMatching(/^DataDirLocked: Another process uses the data folder .+\. Stop it, .+\n$/),
      });
    } finally {
      unlock();
    }
  });

  it('says so in one line when the database does not answer', async () => {
    const { status, stdout, stderr } = await seed({ DB_HOST: '127.0.0.1', DB_PORT: '9' });
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(/^DatabaseUnusable: The database at DB_HOST cannot be used: ECONNREFUSED$/m);
  });
});
