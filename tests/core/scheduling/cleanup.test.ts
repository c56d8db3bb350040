import { globSync, readFileSync } from 'node:fs';
import { container } from '@sapphire/framework';
import { type ScheduledTask, ScheduledTaskEvents } from '@sapphire/plugin-scheduled-tasks';
import { describe, expect, inject, it } from 'vitest';
import { startTestBot, type TestBot } from '#testing';
import { runTask } from '../../../src/core/scheduling/runTask.ts';

/** What each cleanup takes away, as rows whose time has long passed. */
const old = {
  removeOldConversations: `INSERT INTO conversations (user_id, user_message, ai_response, "timestamp")
    SELECT u.id, 'a', 'b', now() - interval '200 days' FROM users u, generate_series(1, $1) n`,
  removeExpiredWarnings: `INSERT INTO warnings (id, user_id, reason, issued_by, expires_at)
    SELECT 'w' || n, u.id, 'spam', '9', now() - interval '200 days' FROM users u, generate_series(1, $1) n`,
  removeOldStatistics: `INSERT INTO message_stats (user_id, message_type, "timestamp")
    SELECT u.id, 'chat', now() - interval '200 days' FROM users u, generate_series(1, $1) n`,
  removeOldTurns: `INSERT INTO turns (message_id, discord_id, channel_id, claimed_at, finished_at)
    SELECT 'm' || n, '1', '2', now() - interval '200 days', now() - interval '200 days' FROM generate_series(1, $1) n`,
  pruneN8nMemory: `INSERT INTO n8n_chat_histories (session_id, message) SELECT '1', '{}' FROM generate_series(1, $1) n`,
};

const piece = (name: string): ScheduledTask => {
  const task = container.stores.get('scheduled-tasks').get(name);
  if (!task) throw new Error(`There is no task "${name}".`);
  return task;
};

async function metrics(bot: TestBot): Promise<string> {
  const address = bot.log.findLast((line) => line.address !== undefined)?.address;
  return (await fetch(`${address}/metrics`)).text();
}

describe.skipIf(!inject('postgres'))('the cleanup', () => {
  it('is all that the bot does by itself, but for what plugins try in their own tests', async () => {
    await using _bot = await startTestBot();
    const tests = globSync('tests/plugins/**/*.test.ts').map((file) => readFileSync(file, 'utf8'));
    const isTried = (task: string): boolean => tests.some((text) => text.includes(`runTask('${task}')`));
    const tasks = [...container.stores.get('scheduled-tasks').keys()];
    expect(tasks).toEqual(expect.arrayContaining(Object.keys(old)));
    expect(tasks.filter((task) => !(task in old) && !isTried(task))).toEqual([]);
  });

  it.each(Object.entries(old))('%s removes everything, in batches, logs and counts it', async (name, insert) => {
    await using bot = await startTestBot();
    await container.database.query("SELECT get_or_create_user('1', 'ada')");
    await container.database.query(
      'CREATE TABLE n8n_chat_histories (id serial PRIMARY KEY, session_id varchar(255), message jsonb)',
    );
    await container.database.query(insert, [2_500]);
    await runTask(container.client as never, piece(name));
    await runTask(container.client as never, piece(name));
    expect(bot.log.filter(({ task }) => task === name)).toMatchObject([{ level: 'info', rows: 2_500 }]);
    const text = await metrics(bot);
    expect(text).toContain(`steward_rows_removed_total{task="${name}"} 2500`);
    expect(text).toContain(`steward_scheduled_task_runs_total{task="${name}",outcome="success"} 2`);
  });

  it('leaves the rows alone that somebody else works on', async () => {
    await using _bot = await startTestBot();
    const { database } = container;
    await database.query("SELECT get_or_create_user('1', 'ada')");
    await database.query(old.removeOldConversations, [3]);
    await database.em().transactional(async (em) => {
      const connection = em.getConnection();
      const sql = 'SELECT id FROM conversations ORDER BY id LIMIT 1 FOR UPDATE';
      await connection.execute(sql, [], 'all', em.getTransactionContext());
      await runTask(container.client as never, piece('removeOldConversations'));
    });
    expect(await database.query('SELECT count(*)::int AS n FROM conversations')).toEqual([{ n: 1 }]);
  });

  it('ends between two batches when the bot stops', async () => {
    await using bot = await startTestBot();
    await container.database.query("SELECT get_or_create_user('1', 'ada')");
    await container.database.query(old.removeOldConversations, [2_500]);
    const run = piece('removeOldConversations').run(undefined as never);
    await container.scheduler.stop();
    await run;
    expect(bot.log.filter(({ task }) => task === 'removeOldConversations')).toMatchObject([{ rows: 1_000 }]);
  });

  it('that the database refuses is a failed run, no outage', async () => {
    await using bot = await startTestBot();
    await container.database.query('DROP FUNCTION cleanup_old_conversations(integer)');
    const failed = new Promise((resolve) => container.client.once(ScheduledTaskEvents.ScheduledTaskError, resolve));
    await runTask(container.client as never, piece('removeOldConversations'));
    await failed;
    expect(container.database.state).toBe('connected');
    expect(bot.log).toContainEqual(expect.objectContaining({ level: 'error', task: 'removeOldConversations' }));
  });
});
