import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { startTestBot, type TestBot } from '#testing';
import { answering, thinking } from './answering.ts';
import { query } from './query.ts';

describe.skipIf(!inject('postgres'))('!flushmemory', () => {
  let bot: TestBot;
  beforeAll(async () => {
    bot = await startTestBot({ environment: { RATE_LIMIT_MAX: '20' } });
  });
  afterAll(() => bot?.[Symbol.asyncDispose]());

  const contextOf = (userId: string) =>
    bot.workflow.calls.findLast(({ body }) => body.userId === userId)?.body.conversationContext;
  // As n8n's memory node makes it, at some moment of its own.
  const createN8nMemory = () =>
    query(
      bot.environment,
      'CREATE TABLE IF NOT EXISTS n8n_chat_histories (id serial PRIMARY KEY, session_id varchar(255), message jsonb)',
    );
  const sessions = async () =>
    (await query<{ session_id: string }>(bot.environment, 'SELECT session_id FROM n8n_chat_histories ORDER BY id')).map(
      ({ session_id }) => session_id,
    );

  it('erases the conversation and says how much went; limits and statistics stay', async () => {
    const ada = bot.person('ada');
    const grace = bot.person('grace');
    await grace.asks('I am somebody else');
    await ada.asks('one');
    await ada.asks('two');
    await ada.asks('three');
    expect(contextOf(ada.id)).toHaveLength(2);
    expect((await ada.asks('!flushmemory')).content).toBe(
      "I forgot our conversation (exchanges: 3, messages of n8n's memory: 0).",
    );
    await ada.asks('Who am I?');
    expect(contextOf(ada.id)).toEqual([]);
    await ada.asks('And now?');
    expect(contextOf(ada.id)).toMatchObject([{ userMessage: 'Who am I?' }]);
    await grace.asks('And I?');
    expect(contextOf(grace.id)).toMatchObject([{ userMessage: 'I am somebody else' }]);

    expect((await ada.asks('!limits')).content).toMatch(/^You have 13 of 20 messages left/);
    const chats = `SELECT count(*)::int AS n FROM message_stats JOIN users ON users.id = user_id
      WHERE discord_id = $1 AND message_type = 'chat'`;
    await expect.poll(() => query(bot.environment, chats, [ada.id])).toEqual([{ n: 5 }]);
  });

  it('has nothing to erase for somebody new', async () => {
    expect((await bot.person().asks('!flushmemory')).content).toBe(
      "I forgot our conversation (exchanges: 0, messages of n8n's memory: 0).",
    );
  });

  it('does not remember a turn that was still under way', async () => {
    const ada = bot.person('ada');
    await ada.asks('an earlier exchange');
    using workflow = thinking(bot.workflow);
    ada.says('a secret');
    await once(bot.workflow, 'call');
    expect((await ada.asks('!flushmemory')).content).toMatch(/\(exchanges: 1,/);
    workflow.release();
    expect((await ada.hears()).content).toBe('You said: a secret');
    await ada.asks('What did I tell you?');
    expect(contextOf(ada.id)).toEqual([]);
    const kept = `SELECT user_message FROM conversations WHERE user_message IN ('an earlier exchange', 'a secret')`;
    expect(await query(bot.environment, kept)).toEqual([]);
  });

  it("clears both kinds of the asker's sessions in n8n's memory, and nobody else's", async () => {
    const ada = bot.person('ada');
    const others = ['1234', `${ada.id}0`, `${ada.id}_x`, `x${ada.id}`, `${ada.id}0__Postgres_Chat_Memory`];
    await createN8nMemory();
    const own = [ada.id, ada.id, `${ada.id}__Postgres_Chat_Memory`];
    await query(
      bot.environment,
      `INSERT INTO n8n_chat_histories (session_id, message) SELECT unnest($1::text[]), '{"type": "human"}'`,
      [[...own, ...others]],
    );
    expect((await ada.asks('!flushmemory')).content).toBe(
      "I forgot our conversation (exchanges: 0, messages of n8n's memory: 3).",
    );
    expect(await sessions()).toEqual(others);
  });

  it("clears what n8n's memory keeps of a turn that was still under way", async () => {
    const ada = bot.person('ada');
    await createN8nMemory();
    using _ = answering(bot.workflow, async ({ userId, message }) => {
      const insertion = `INSERT INTO n8n_chat_histories (session_id, message) VALUES ($1, '{"type": "human"}')`;
      await query(bot.environment, insertion, [userId]);
      return { body: { output: `You said: ${message}` } };
    });
    using workflow = thinking(bot.workflow);
    ada.says('a secret');
    await once(bot.workflow, 'call');
    await ada.asks('!flushmemory');
    workflow.release();
    await ada.hears();
    // Counted when the turn before has ended.
    await bot.stop();
    await bot.start();
    expect(await sessions()).not.toContain(ada.id);
  });
});
