import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { administer } from '../../src/testing/postgres/address.ts';
import { openDatabase } from '../../src/testing/repositories/openDatabase.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/OPERATING.md'), 'utf8');
const [, section = ''] = page.split('\n## Setting up PostgreSQL by hand\n');
const [oneRole = '', twoRoles = '', rights = ''] = [...section.matchAll(/```sql\n([\s\S]+?)```/g)].map(
  ([, sql]) => sql ?? '',
);
const password = 'a password';

const statements = (sql: string): string[] => sql.split(/;\s*/).filter((each) => each !== '');

/** Carries an administrator's statements out under names of the test's own; what they made goes away with it. */
async function setUp(sql: string) {
  const server = inject('postgres');
  if (!server) throw new Error('There is no PostgreSQL in this test run.');
  const suffix = crypto.randomUUID().slice(0, 8);
  const own = (text: string): string => text.replaceAll(/\b(bot_user|steward_owner|discord_bot)\b/g, `$1_${suffix}`);
  const roles = [...own(sql).matchAll(/CREATE ROLE (\w+)/g)].map(([, role = '']) => role);
  onTestFinished(async () => {
    await administer(server, own('DROP DATABASE discord_bot WITH (FORCE)'));
    for (const role of roles) await administer(server, `DROP ROLE ${role}`);
  });
  for (const statement of statements(own(sql))) await administer(server, statement);
  for (const role of roles) await administer(server, `ALTER ROLE ${role} PASSWORD '${password}'`);
  const { host, port } = server;
  const environmentOf = (role: string) => ({
    DB_HOST: host,
    DB_PORT: `${port}`,
    DB_NAME: own('discord_bot'),
    DB_USER: own(role),
    DB_PASSWORD: password,
  });
  const query = async (role: string, text: string): Promise<void> => {
    const client = new pg.Client({ host, port, database: own('discord_bot'), user: own(role), password });
    await client.connect();
    try {
      for (const statement of statements(own(text))) await client.query(statement);
    } finally {
      await client.end();
    }
  };
  return { environmentOf, query };
}

const work = [
  "SELECT heartbeat('a', 15000, false)",
  "SELECT * FROM claim_turn('900', '30', '9', 'a')",
  "SELECT save_conversation('30', 'ada', 'Hi', 'Hello', now(), 'k')",
  "SELECT log_message('30', 'ada', now(), 'dm', 'chat', 1, 1, 'k')",
  "SELECT log_command('30', 'ada', now(), 'help', true, false, 'k')",
  "SELECT add_warning('30', 'ada', 'w', 'spam', '1', now(), now() + interval '1 day', 'k', now())",
  "SELECT * FROM check_rate_limit('30', 5, 60000, 1, 'k')",
  'SELECT * FROM get_global_stats(7)',
  'SELECT cleanup_old_analytics(10)',
  "SELECT cleanup_old_turns(interval '1 day', 10)",
  "SELECT * FROM forget_user('30', now())",
  'SELECT * FROM forget_everyone(now())',
];

describe.skipIf(!inject('postgres'))('the database that docs/OPERATING.md sets up', () => {
  it('lets the role that owns it migrate and work, and nobody else in', async () => {
    const { environmentOf, query } = await setUp(oneRole);
    const database = await openDatabase(environmentOf('bot_user'));
    onTestFinished(() => database.close());
    expect([database.state, database.reason]).toEqual(['connected', undefined]);
    for (const sql of work) await database.query(sql);
    const stranger = await setUp('CREATE ROLE bot_user LOGIN; CREATE DATABASE discord_bot OWNER bot_user;');
    const { DB_USER = '' } = stranger.environmentOf('bot_user');
    await expect(
      openDatabase({ ...environmentOf('bot_user'), DB_USER }).then(async (other) => {
        const { reason } = other;
        await other.close();
        return reason;
      }),
    ).resolves.toBe('42501');
    await query('bot_user', 'SELECT 1');
  });

  it('lets the bot work with fewer rights where another role migrates', async () => {
    const { environmentOf, query } = await setUp(twoRoles);
    await query('steward_owner', rights);
    const owner = await openDatabase(environmentOf('steward_owner'));
    expect(owner.state).toBe('connected');
    await owner.close();
    const database = await openDatabase({ ...environmentOf('bot_user'), DB_AUTO_MIGRATE: 'false' });
    onTestFinished(() => database.close());
    expect([database.state, database.reason]).toEqual(['connected', undefined]);
    for (const sql of work) await database.query(sql);
    // What a backup wants besides.
    await database.query('SELECT last_value FROM users_id_seq');
    for (const sql of ['DROP TABLE users', 'CREATE TABLE mine ()', 'TRUNCATE users', 'ALTER TABLE users ADD mine text'])
      await expect(database.query(sql)).rejects.toMatchObject({ code: '42501' });
  });
});
