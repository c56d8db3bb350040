import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { Database } from '../../src/core/database/Database.ts';
import { N8nMemoryRepository } from '../../src/plugins/n8n-bridge/repositories/N8nMemoryRepository.ts';
import { administer } from '../../src/testing/postgres/address.ts';
import { createTestDatabase, type TestDatabase } from '../../src/testing/postgres/testDatabase.ts';
import { openDatabase } from '../../src/testing/repositories/openDatabase.ts';
import { evaluate, expressionsOf, type N8nTemplate, nodeOf } from './n8nTemplate.ts';

const root = join(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'docs/N8N.md'), 'utf8');
const [asAdministrator = '', asBot = '', warn = '', countCommand = ''] = [
  ...page.matchAll(/```sql\n([\s\S]+?)```/g),
].map(([, sql]) => sql ?? '');
const template: N8nTemplate = JSON.parse(readFileSync(join(root, 'n8n/database-without-ai.json'), 'utf8'));

const role = 'steward_n8n';
const password = 'a password';

// n8n's Postgres node writes the values into the statement, as text.
const filledIn = (sql: string, values: readonly unknown[]): string =>
  sql.replaceAll(/\$(\d)/g, (_, n: string) => pg.escapeLiteral(String(values[Number(n) - 1])));

describe.skipIf(!inject('postgres'))('the database role of docs/N8N.md', () => {
  const server = inject('postgres');
  let test: TestDatabase;
  let bot: string;
  let database: Database;
  let n8n: pg.Client;

  beforeAll(async () => {
    if (!server) return;
    test = await createTestDatabase();
    // The bot is no superuser, as it should be.
    bot = `bot_of_${test.name}`;
    await administer(server, `CREATE ROLE ${bot} LOGIN PASSWORD '${password}'`);
    await administer(server, `ALTER DATABASE ${test.name} OWNER TO ${bot}`);
    await administer(server, asAdministrator);
    await administer(server, `ALTER ROLE ${role} PASSWORD '${password}'`);
    database = await openDatabase({ ...test.environment, DB_USER: bot, DB_PASSWORD: password });
    const client = await connect(bot);
    await client.query(asBot);
    await client.end();
    n8n = await connect(role);
    for (const message of ['Hi', 'Well?'])
      await database.query(`SELECT save_conversation('30', 'ada', '${message}', 'Hello', now(), NULL)`);
    await database.query("SELECT log_message('30', 'ada', now(), 'dm', 'chat', 1, 1, NULL)");
  });
  afterAll(async () => {
    await n8n?.end();
    await database?.close();
    await test?.drop();
    for (const name of [role, bot]) if (server && name) await administer(server, `DROP ROLE IF EXISTS ${name}`);
  });

  async function connect(user: string): Promise<pg.Client> {
    const { host, port } = server ?? {};
    const client = new pg.Client({ ...(host && port ? { host, port } : {}), user, password, database: test.name });
    await client.connect();
    return client;
  }

  const asNode = (sql: string, ...values: unknown[]) => n8n.query(filledIn(sql, values));

  it.each([
    ['30', 'Exchanges that I remember: 2. Your messages in seven days: 1.'],
    ['somebody new', 'Exchanges that I remember: 0. Your messages in seven days: 0.'],
  ])('answers by the workflow without AI, whose SQL is the specification’s: %s', async (userId, counted) => {
    const received = { body: { userId, username: 'ada' } };
    const items: Record<string, unknown[]> = { Webhook: [received] };
    let last: unknown[] = [received];
    for (const node of template.nodes.filter(({ type }) => type === 'n8n-nodes-base.postgres')) {
      const { query, options } = node.parameters as { query: string; options: { queryReplacement: string } };
      const values = evaluate(options.queryReplacement, received, items) as unknown[];
      const results = last.slice(0, node.executeOnce ? 1 : last.length).map(() => n8n.query(filledIn(query, values)));
      const rows = (await Promise.all(results)).flatMap((result) => result.rows);
      last = rows.length === 0 && node.alwaysOutputData ? [{}] : rows;
      items[node.name] = last;
    }
    expect(last).toHaveLength(1);
    const [answer = ''] = expressionsOf(nodeOf(template, 'n8n-nodes-base.set').parameters);
    expect(evaluate(answer, received, items)).toBe(`Hello ada. ${counted} Your active warnings: 0.`);
  });

  it('warns and counts by the page’s own SQL, and the sums of the statistics follow', async () => {
    await asNode(warn, '30', "it's spam");
    const { rows } = await n8n.query(
      "SELECT reason, issued_by, expires_at > now() + interval '29 days' AS lasts FROM warnings",
    );
    expect(rows).toEqual([{ reason: "it's spam", issued_by: 'automation', lasts: true }]);
    await asNode(countCommand, '30', 'remind');
    const [{ top_commands, total_messages } = {}] = (await n8n.query('SELECT * FROM get_global_stats(7)')).rows;
    expect(top_commands).toEqual([{ command_name: 'remind', usage_count: 1 }]);
    expect(total_messages).toBe('1');
  });

  it('keeps n8n’s memory, made sure of as n8n does it, where the bot shows and clears it', async () => {
    const memory = new N8nMemoryRepository(database);
    for (const session of ['30', '30__Postgres_Chat_Memory', '31']) {
      // As @langchain/community does it before each message.
      await n8n.query(
        'CREATE TABLE IF NOT EXISTS n8n_chat_histories (id SERIAL PRIMARY KEY, session_id VARCHAR(255) NOT NULL, message JSONB NOT NULL)',
      );
      const add = 'INSERT INTO n8n_chat_histories (session_id, message) VALUES ($1, $2)';
      await n8n.query(add, [session, { type: 'human', content: session }]);
    }
    expect(await memory.getMessages('30')).toHaveLength(2);
    expect(await memory.flushUser('30')).toBe(2);
    const read = 'SELECT message FROM n8n_chat_histories WHERE session_id = $1 ORDER BY id';
    expect((await n8n.query(read, ['30'])).rows).toEqual([]);
    expect((await n8n.query(read, ['31'])).rows).toHaveLength(1);
    expect(await database.query('SELECT n8n_messages FROM count_forgettable()')).toEqual([{ n8n_messages: '1' }]);
    expect(await memory.flushAll()).toBe(1);
  });

  it('takes over the table that n8n has made in public already', async () => {
    const client = await connect(bot);
    await client.query(`BEGIN; DROP SCHEMA n8n_memory CASCADE; CREATE TABLE n8n_chat_histories (
      id SERIAL PRIMARY KEY, session_id VARCHAR(255) NOT NULL, message JSONB NOT NULL);
      INSERT INTO n8n_chat_histories (session_id, message) VALUES ('30', '{}')`);
    const move = page.match(/`(ALTER TABLE n8n_chat_histories SET SCHEMA .+?)`/)?.[1];
    await client.query(asBot.replace(/CREATE TABLE [^;]+;/, `${move};`));
    expect((await client.query("SELECT flush_n8n_memory('30') AS n")).rows).toEqual([{ n: '1' }]);
    await client.query('ROLLBACK');
    await client.end();
  });

  it('has few connections and little time', async () => {
    const sql = `SELECT rolconnlimit, rolsuper, rolcreaterole, rolcreatedb, rolbypassrls FROM pg_roles WHERE rolname = '${role}'`;
    expect((await n8n.query(sql)).rows).toEqual([
      { rolconnlimit: 20, rolsuper: false, rolcreaterole: false, rolcreatedb: false, rolbypassrls: false },
    ]);
    expect((await n8n.query('SHOW statement_timeout')).rows).toEqual([{ statement_timeout: '10s' }]);
  });

  it.each([
    "INSERT INTO users (discord_id, username) VALUES ('40', 'eve')",
    "UPDATE users SET username = 'eve'",
    'DELETE FROM users',
    'DELETE FROM conversations',
    "INSERT INTO conversations (user_id, user_message, ai_response) VALUES (1, 'a', 'b')",
    'UPDATE warnings SET expires_at = now()',
    'DELETE FROM warnings',
    "INSERT INTO warnings (id, user_id, reason, issued_by) VALUES ('mine', 1, 'a', 'b')",
    "INSERT INTO warnings (user_id, reason, issued_by, created_at) VALUES (1, 'a', 'b', now())",
    'DELETE FROM message_stats',
    "INSERT INTO message_stats (user_id, message_type) VALUES (1, 'chat')",
    "UPDATE command_usage SET command_name = 'x'",
    'DELETE FROM command_hours',
    'TRUNCATE command_usage',
    "UPDATE settings SET value = '0'",
    'SELECT * FROM rate_limits',
    'SELECT * FROM moderation_log',
    'SELECT * FROM turns',
    "SELECT get_or_create_user('40', 'eve')",
    "SELECT forget_user('30', now())",
    "SELECT flush_user_conversations('30', now())",
    "SELECT flush_n8n_memory('30')",
    'DELETE FROM n8n_memory.n8n_chat_histories',
    'SELECT * FROM public.n8n_chat_histories',
    'CREATE TABLE public.mine (id integer)',
    'CREATE FUNCTION public.mine() RETURNS integer LANGUAGE sql AS $$ SELECT 1 $$',
    'CREATE SCHEMA mine',
    'ALTER TABLE users ADD COLUMN mine text',
    'ALTER TABLE n8n_memory.n8n_chat_histories ADD COLUMN mine text',
    'CREATE TRIGGER mine BEFORE DELETE ON n8n_memory.n8n_chat_histories EXECUTE FUNCTION suppress_redundant_updates_trigger()',
    'DROP TABLE n8n_memory.n8n_chat_histories',
    'DROP TABLE users',
    'CREATE ROLE mine',
  ])('may not: %s', async (sql) => {
    await n8n.query('BEGIN');
    await expect(n8n.query(sql)).rejects.toMatchObject({ code: '42501' });
    await n8n.query('ROLLBACK');
  });
});
