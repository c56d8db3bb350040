import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { startTestBot, type TestBot } from '#testing';
import config from '../../sapphire.config.ts';
import type { SimulatedUser } from '../../src/simulator/SimulatedUser.ts';
import { answering, thinking } from './answering.ts';
import { fileOf } from './fileOf.ts';
import { query } from './query.ts';

/** Where people's rows are, and which of them may never be erased. */
const entities = config.plugins.flatMap(({ entities: own = [], erasure }) =>
  own.map(({ meta }) => ({ table: String(meta.tableName), isKept: typeof erasure === 'object' })),
);

describe('what is stored about people in the embedded database', () => {
  it('is shown, erased and deleted as well', { timeout: 120_000 }, async () => {
    await using bot = await startTestBot({ environment: { DB_HOST: undefined } });
    const [ada, grace] = [bot.person('ada'), bot.person('grace')];
    for (const person of [ada, grace]) await person.asks('Remember me');
    const exported = async () => JSON.parse(await fileOf(await ada.asks('!mydata')));
    expect(await exported()).toMatchObject({
      isComplete: true,
      user: { username: 'ada' },
      conversations: [{ userMessage: 'Remember me' }],
      rateLimit: { current: 2 },
    });
    expect((await ada.asks('!forgetme confirm')).content).toMatch(/^I forgot you \(exchanges: 1, statistics: \d/);
    expect(await exported()).toMatchObject({
      user: { username: ada.id },
      conversations: [],
      rateLimit: { current: 1 },
    });
    expect((await bot.admin().person.asks('!flushdb')).content).toContain('of everyone (exchanges: 1,');
    expect((await bot.admin().person.asks('!flushdb confirm')).content).toMatch(/ \(exchanges: 1, statistics: \d/);
    await grace.asks('Who am I?');
    expect(bot.workflow.calls.at(-1)?.body.conversationContext).toEqual([]);
  });
});

describe.skipIf(!inject('postgres'))('what is stored about people', () => {
  let bot: TestBot;
  beforeAll(async () => {
    bot = await startTestBot({ environment: { RATE_LIMIT_MAX: '50' } });
    await query(
      bot.environment,
      'CREATE TABLE n8n_chat_histories (id serial PRIMARY KEY, session_id varchar(255), message jsonb)',
    );
  });
  afterAll(() => bot?.[Symbol.asyncDispose]());

  const remember = (sessionId: string, text: string) =>
    query(bot.environment, 'INSERT INTO n8n_chat_histories (session_id, message) VALUES ($1, $2)', [
      sessionId,
      JSON.stringify({ type: 'human', content: text }),
    ]);
  const n8nMessages = async () =>
    (await query<{ content: string }>(bot.environment, "SELECT message->>'content' AS content FROM n8n_chat_histories"))
      .map(({ content }) => content)
      .sort();
  const warn = ({ id, username }: SimulatedUser, reason = 'spam') =>
    query(
      bot.environment,
      "SELECT add_warning($1, $2, $3, $4, 'automation', now(), now() + interval '30 days', $3, now())",
      [id, username, `warn-${id}`, reason],
    );
  const rowsOf = async (userId: string) => {
    const rows = entities.map(async ({ table }) => {
      const sql = `SELECT count(*)::int AS n FROM ${table} JOIN users u ON u.id = user_id WHERE discord_id = $1`;
      const [row] = await query<{ n: number }>(bot.environment, sql, [userId]);
      return [table, row?.n ?? 0] as const;
    });
    return Object.fromEntries(await Promise.all(rows));
  };
  // Statistics are written off the way of the answer.
  const untilCounted = (userId: string, chats: number, commands = 0) =>
    expect
      .poll(() => rowsOf(userId), { timeout: 20_000 })
      .toMatchObject({ message_stats: chats + commands, command_usage: commands });

  describe('!mydata', () => {
    it('is shown to them whole, as a file that comes with the answer', async () => {
      const [ada, grace] = [bot.person('ada'), bot.person('grace')];
      await grace.asks('a secret of somebody else');
      await ada.asks('Grüße an "alle" 🎉');
      await warn(ada, 'Wrote in capitals.');
      await remember(ada.id, 'in the memory of n8n');
      await remember(`${ada.id}__Postgres_Chat_Memory`, 'and there');
      await remember(grace.id, 'not hers');
      await untilCounted(ada.id, 1);
      const reply = await ada.asks('!mydata');
      expect(reply.content).toBe('This is everything that I keep about you.');
      expect(reply.attachments.map(({ filename }) => filename)).toEqual(['mydata.json']);
      const text = await fileOf(reply);
      const data = JSON.parse(text);
      expect(data).toMatchObject({
        isComplete: true,
        notReached: [],
        user: { discordId: ada.id, username: 'ada', everythingErasedBefore: null },
        conversations: [{ userMessage: 'Grüße an "alle" 🎉', aiResponse: 'You said: Grüße an "alle" 🎉' }],
        rateLimit: { current: 2 },
        warnings: [{ reason: 'Wrote in capitals.', issuedBy: 'automation' }],
        n8nMemory: [
          { sessionId: ada.id, message: { content: 'in the memory of n8n' } },
          { sessionId: `${ada.id}__Postgres_Chat_Memory`, message: { content: 'and there' } },
        ],
      });
      const at = expect.stringMatching(/^\d{4}-.+Z$/);
      expect(data.statistics).toEqual({
        messages: [{ at, type: 'chat', responseTimeMs: expect.any(Number), tokens: null }],
        commands: [],
      });
      // The chat is answered, the question for the data is not yet.
      expect(data.turns).toMatchObject([{ answeredAt: expect.any(String) }, { answeredAt: null }]);
      expect(text).toBe(JSON.stringify(data, null, 2));
      expect(text).not.toContain('secret');
      expect(text).not.toContain('not hers');
    });

    it('is nearly nothing for somebody new', async () => {
      const data = JSON.parse(await fileOf(await bot.person('new').asks('!mydata')));
      expect(data).toMatchObject({ isComplete: true, conversations: [], warnings: [], n8nMemory: [] });
    });

    it('is packed when it is larger than Discord takes', async () => {
      const ada = bot.person('ada');
      await ada.asks('Hello');
      const long = 'x'.repeat(1_000_000);
      for (let n = 0; n < 12; n += 1)
        await query(bot.environment, 'SELECT save_conversation($1, $2, $3, $4, now(), NULL)', [
          ada.id,
          'ada',
          '',
          long,
        ]);
      const reply = await ada.asks('!mydata');
      expect(reply.attachments.map(({ filename }) => filename)).toEqual(['mydata.json.gz']);
      expect(JSON.parse(await fileOf(reply)).conversations).toHaveLength(13);
    });
  });

  describe('!forgetme', () => {
    it('says what it would do and how, and does nothing, without the word', async () => {
      const ada = bot.person('ada');
      await ada.asks('Remember me');
      await untilCounted(ada.id, 1);
      const before = await rowsOf(ada.id);
      for (const written of ['!forgetme', '!forgetme please', '!forgetme "confirm now"', '!forgetme confirmed']) {
        const { content } = await ada.asks(written);
        expect(content).toContain('cannot be undone');
        expect(content).toContain('What stays: your warnings and the moderation log');
        expect(content).toContain('`!forgetme confirm`');
      }
      expect(await rowsOf(ada.id)).toMatchObject({ conversations: before.conversations });
    });

    it('erases everything but warnings, name included, and says how much went and what stays', async () => {
      const [ada, grace] = [bot.person('ada'), bot.person('grace')];
      await grace.asks('I am somebody else');
      for (const text of ['one', 'two']) await ada.asks(text);
      await ada.asks('!limits');
      await warn(ada);
      await remember(ada.id, 'hers');
      await remember(grace.id, 'of somebody else');
      await untilCounted(ada.id, 2, 1);
      const { content } = await ada.asks('!forgetme confirm');
      expect(content).toContain(
        "I forgot you (exchanges: 2, statistics: 4, messages counted in limits: 4, messages of n8n's memory: 1).\n",
      );
      expect(content).toContain('What stays: your warnings and the moderation log; your id');
      expect(await n8nMessages()).not.toContain('hers');
      expect(await n8nMessages()).toContain('of somebody else');
      // What the command itself leaves is written after its answer, if at all.
      await bot.stop();
      await bot.start();
      const left = Object.fromEntries(entities.map(({ table, isKept }) => [table, isKept ? expect.any(Number) : 0]));
      expect(await rowsOf(ada.id)).toEqual({ ...left, warnings: 1 });
      expect(await rowsOf(grace.id)).toMatchObject({ conversations: 1, message_stats: 1 });
      const [user] = await query(bot.environment, 'SELECT username FROM users WHERE discord_id = $1', [ada.id]);
      expect(user).toEqual({ username: ada.id });
      const data = JSON.parse(await fileOf(await ada.asks('!mydata')));
      expect(data).toMatchObject({ conversations: [], warnings: [{ reason: 'spam' }], n8nMemory: [] });
    });

    it('is nothing that a turn under way, or its place in memory, brings back', async () => {
      const ada = bot.person('ada');
      await ada.asks('an earlier exchange');
      using _ = answering(bot.workflow, async ({ userId, message }) => {
        await remember(userId, message);
        return { body: { output: `You said: ${message}` } };
      });
      using workflow = thinking(bot.workflow);
      ada.says('a secret');
      await once(bot.workflow, 'call');
      expect((await ada.asks('!forgetme confirm')).content).toMatch(/^I forgot you \(exchanges: 1,/);
      workflow.release();
      expect((await ada.hears()).content).toBe('You said: a secret');
      await bot.stop();
      await bot.start();
      expect(await rowsOf(ada.id)).toMatchObject({ conversations: 0, message_stats: 0, command_usage: 0 });
      expect(await n8nMessages()).not.toContain('a secret');
      await ada.asks('Who am I?');
      expect(bot.workflow.calls.at(-1)?.body.conversationContext).toEqual([]);
    });

    it('begins anew with the next message', async () => {
      const ada = bot.person('ada');
      await ada.asks('before');
      await ada.asks('!FORGETME Confirm');
      await ada.asks('after');
      await ada.asks('And now?');
      expect(bot.workflow.calls.at(-1)?.body.conversationContext).toMatchObject([{ userMessage: 'after' }]);
      const names = query(bot.environment, 'SELECT username FROM users WHERE discord_id = $1', [ada.id]);
      expect(await names).toEqual([{ username: 'ada' }]);
    });
  });

  describe('!flushdb', () => {
    it('is an unknown word to everyone but admins', async () => {
      const ada = bot.person('ada');
      await ada.asks('still here');
      for (const written of ['!flushdb', '!flushdb confirm'])
        expect((await ada.asks(written)).content).toMatch(/^I do not know `!flushdb`\. Did you mean `!\w+`\?$/);
      expect((await rowsOf(ada.id)).conversations).toBe(1);
      expect((await ada.asks('!help')).content).not.toContain('flushdb');
    });

    it('says what it would delete, with counts, and deletes nothing, without the word', async () => {
      const ada = bot.person('ada');
      await ada.asks('still here');
      const [row] = await query<{ n: number }>(bot.environment, 'SELECT count(*)::int AS n FROM conversations');
      const { content } = await bot.admin().person.asks('!flushdb');
      expect(content).toContain(`(exchanges: ${row?.n}, statistics: `);
      expect(content).toMatch(/messages of n8n's memory: \d+\)/);
      expect(content).toContain('Users and warnings stay.');
      expect(content).toContain('`!flushdb confirm`');
      expect((await rowsOf(ada.id)).conversations).toBe(1);
    });

    it("deletes everyone's conversations, limits, statistics and n8n's memory; users and warnings stay", async () => {
      const [ada, grace] = [bot.person('ada'), bot.person('grace')];
      await ada.asks('mine');
      await ada.asks('!limits');
      await warn(ada);
      await remember(ada.id, 'hers');
      using _ = answering(bot.workflow, async ({ userId, message }) => {
        await remember(userId, message);
        return { body: { output: `You said: ${message}` } };
      });
      using workflow = thinking(bot.workflow);
      grace.says('under way');
      await once(bot.workflow, 'call');
      const users = await query(bot.environment, 'SELECT discord_id, username FROM users ORDER BY id');
      const warnings = await query(bot.environment, 'SELECT * FROM warnings');
      await untilCounted(ada.id, 1, 1);
      const { content } = await bot.admin().person.asks('!flushdb confirm');
      expect(content).toMatch(
        /^I deleted all .+ \(exchanges: \d+, statistics: \d+, .+\)\.\nUsers and warnings stay\.$/,
      );
      workflow.release();
      await grace.hears();
      await bot.stop();
      const left = await query(bot.environment, 'SELECT * FROM count_forgettable()');
      expect(left).toEqual([{ exchanges: '0', statistics: '0', rate_limit_counts: '0', n8n_messages: '0' }]);
      expect(await query(bot.environment, 'SELECT FROM rate_limits')).toEqual([]);
      expect(await query(bot.environment, 'SELECT discord_id, username FROM users ORDER BY id')).toEqual(users);
      expect(await query(bot.environment, 'SELECT * FROM warnings')).toEqual(warnings);
      await bot.start();
      expect((await ada.asks('!limits')).content).toMatch(/^You have 49 of 50/);
    });
  });
});
