import { once } from 'node:events';
import { container } from '@sapphire/framework';
import { afterEach, describe, expect, inject, it } from 'vitest';
import { startTestBot, type TestBot } from '#testing';
import { runTask } from '../../../src/core/scheduling/runTask.ts';
import { administer } from '../../../src/testing/postgres/address.ts';
import { createTestDatabase } from '../../../src/testing/postgres/testDatabase.ts';
import { query } from '../../e2e/query.ts';
import { addMessages, n8nTables } from './n8nTable.ts';

const prune = () =>
  runTask(container.client as never, container.stores.get('scheduled-tasks').get('pruneN8nMemory') as never);

describe.skipIf(!inject('postgres'))("n8n's memory", { timeout: 120_000 }, () => {
  let bot: TestBot;
  afterEach(() => bot?.[Symbol.asyncDispose]());

  const sessions = async () =>
    (await query<{ session_id: string }>(bot.environment, 'SELECT session_id FROM n8n_chat_histories ORDER BY id')).map(
      ({ session_id }) => session_id,
    );
  const remember = (userId: string) => query(bot.environment, addMessages, [[userId, userId]]);
  const contextOf = () => bot.workflow.calls.at(-1)?.body.conversationContext;
  const endOfTurns = () => container.intake.drain(20_000);

  it.each([
    ['bot', true],
    ['n8n', false],
    ['both', true],
  ])('is flushed and pruned, and history is sent or not, with MEMORY_OWNER=%s', async (owner, isSent) => {
    bot = await startTestBot({ environment: { MEMORY_OWNER: owner } });
    await query(bot.environment, n8nTables['a view']);
    bot.workflow.answer = async ({ userId, message }) => {
      await remember(userId);
      return { body: { output: `You said: ${message}` } };
    };
    const [ada, grace] = [bot.person('ada'), bot.person('grace')];
    for (const text of ['one', 'two']) await ada.asks(text);
    expect(contextOf()).toMatchObject(isSent ? [{ userMessage: 'one', aiResponse: 'You said: one' }] : []);
    await grace.asks('one');
    const { content } = await ada.asks('!flushmemory');
    expect(content).toBe("I forgot our conversation (exchanges: 2, messages of n8n's memory: 4).");
    await ada.asks('three');
    expect(contextOf()).toEqual([]);
    await endOfTurns();
    await prune();
    expect(await sessions()).toEqual([grace.id, grace.id, ada.id, ada.id]);
    // Statistics are written off the way of the answer.
    const counted = "SELECT FROM message_stats WHERE message_type = 'chat'";
    await expect.poll(async () => (await query(bot.environment, counted)).length, { timeout: 20_000 }).toBe(4);
    // A day later.
    for (const [table, column] of [
      ['turns', 'claimed_at'],
      ['conversations', '"timestamp"'],
      ['message_stats', '"timestamp"'],
    ])
      await query(bot.environment, `UPDATE ${table} SET ${column} = ${column} - interval '25 hours'`);
    await ada.asks('four');
    await endOfTurns();
    await prune();
    expect(await sessions()).toEqual([ada.id, ada.id, ada.id, ada.id]);
  });

  it('does not get back what somebody erased while a run that was given up went on', async () => {
    bot = await startTestBot({ environment: { MEMORY_OWNER: 'n8n', N8N_TIMEOUT_MS: '2000' } });
    await query(bot.environment, n8nTables['a table']);
    const { promise: ended, resolve: end } = Promise.withResolvers<void>();
    const remembered = Promise.withResolvers<void>();
    bot.workflow.answer = async ({ userId }) => {
      await ended;
      await remember(userId);
      remembered.resolve();
      return { body: { output: 'too late' } };
    };
    const ada = bot.person('ada');
    ada.says('a secret');
    await once(bot.workflow, 'call');
    await ada.hears();
    await ada.asks('!flushmemory');
    end();
    await remembered.promise;
    expect(await sessions()).toEqual([ada.id, ada.id]);
    const { promise: seen, resolve: see } = Promise.withResolvers<string[]>();
    bot.workflow.answer = async () => {
      see(await sessions());
      return { body: { output: 'Who are you?' } };
    };
    await ada.asks('What did I tell you?');
    expect(await seen).toEqual([]);
  });

  it('that the bot’s login may not touch is said once, with the cure, and cleaned up when it may', async () => {
    const server = inject('postgres');
    if (!server) return;
    const test = await createTestDatabase();
    const role = `bot_of_${test.name}`;
    await administer(server, `CREATE ROLE ${role} LOGIN PASSWORD 'a password'`);
    try {
      await administer(server, `ALTER DATABASE ${test.name} OWNER TO ${role}`);
      bot = await startTestBot({ environment: { ...test.environment, DB_USER: role, DB_PASSWORD: 'a password' } });
      const ada = bot.person('ada');
      await query(test.environment, n8nTables['a table']);
      await query(test.environment, 'SELECT get_or_create_user($1, NULL)', [ada.id]);
      await query(test.environment, addMessages, [[ada.id]]);
      const lines = () => bot.log.filter(({ task }) => task === 'pruneN8nMemory');
      for (const _ of [1, 2]) await prune();
      const warning = { level: 'warn', msg: expect.stringContaining('GRANT SELECT, DELETE ON n8n_chat_histories') };
      expect(lines()).toMatchObject([warning]);
      const { content } = await ada.asks('!flushmemory');
      expect(content).toContain('n8n-bridge');
      await endOfTurns();
      await query(test.environment, 'DELETE FROM turns');
      await query(test.environment, `GRANT SELECT, DELETE ON n8n_chat_histories TO ${role}`);
      await prune();
      expect(lines()).toMatchObject([warning, { level: 'info', rows: 1 }]);
      await query(test.environment, `REVOKE DELETE ON n8n_chat_histories FROM ${role}`);
      for (const _ of [1, 2]) await prune();
      expect(lines()).toMatchObject([warning, { level: 'info' }, warning]);
      expect(container.database.state).toBe('connected');
    } finally {
      await bot?.[Symbol.asyncDispose]();
      await test.drop();
      await administer(server, `DROP ROLE ${role}`);
    }
  });
});
