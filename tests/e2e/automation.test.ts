import { randomUUID } from 'node:crypto';
import { container } from '@sapphire/framework';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { adminId, startTestBot, type TestBot } from '#testing';
import { sign } from '../../src/plugins/n8n-bridge/signature.ts';
import { PostgresServer } from '../../src/testing/postgres/PostgresServer.ts';
import { answering } from './answering.ts';
import {
  addressOf,
  type Call,
  contextOf,
  keys,
  logged,
  moderationOf,
  oldSecret,
  post,
  secret,
  usageOf,
} from './automating.ts';
import { get, untilDatabaseIs } from './http.ts';
import { moderatorIds } from './moderators.ts';
import { query } from './query.ts';

describe.skipIf(!inject('postgres'))('the automation API', () => {
  let bot: TestBot;
  beforeAll(async () => {
    const environment = {
      N8N_SIGNING_SECRET: `${secret},${oldSecret}`,
      MODERATOR_IDS: moderatorIds.join(','),
      RATE_LIMIT_MAX: '100',
    };
    bot = await startTestBot({ environment });
  });
  afterAll(() => bot?.[Symbol.asyncDispose]());
  afterEach(() => bot.discord.faults.reset());

  const noOne = '100000000000000077';
  const write = (userId: string, text: string, call?: Call) =>
    post(bot, '/automation/messages', { userId, text }, call);
  const warn = (userId: string, reason: string, call?: Call) =>
    post(bot, '/automation/warnings', { userId, reason }, call);

  it('writes to somebody, in parts, once for each id, and pings nobody', async () => {
    const ada = bot.person();
    const text = `@everyone <@${adminId}> ${'long '.repeat(500)}`.trim();
    const call = { id: 'run-1', at: Date.now() };
    expect(await write(ada.id, text, call)).toMatchObject({ status: 200, body: { status: 'delivered' } });
    expect(await write(ada.id, text, call)).toMatchObject({ status: 409 });
    expect(await write(ada.id, text, { ...call, at: Date.now() + 1_000 })).toMatchObject({ status: 409 });
    expect(ada.heard.map(({ content }) => content).join(' ')).toBe(text);
    expect(ada.heard).toHaveLength(2);
    for (const message of ada.heard)
      expect(message).toMatchObject({ mentions: [], mention_everyone: false, mention_roles: [] });
    expect(logged(bot, 'Automation called.').at(-1)).toMatchObject({
      level: 'info',
      operationId: 'sendMessage',
      webhookId: 'run-1',
      userId: ada.id,
      status: 200,
    });
    expect(JSON.stringify(bot.log)).not.toContain('long long');
    // Another id is another message.
    await write(ada.id, 'again');
    await write(ada.id, 'again');
    expect(ada.heard).toHaveLength(4);
  });

  it.each([
    ['signed just now', 0],
    ['signed minutes ago', 200_000],
  ])('does nothing twice in another process, %s', async (_when, ago) => {
    const ada = bot.person();
    const call = { id: randomUUID(), at: Date.now() - ago };
    const told = `A word ${'of automation '.repeat(200)}`;
    const warning = { ...call, id: randomUUID() };
    expect(await write(ada.id, told, call)).toMatchObject({ status: 200 });
    expect(await warn(ada.id, 'spam', warning)).toMatchObject({ status: 200, body: { active: 1, told: true } });
    const before = ada.heard.length;
    await bot.stop();
    await bot.start();
    expect(await write(ada.id, told, call)).toMatchObject({ status: 200 });
    expect(await warn(ada.id, 'spam', warning)).toMatchObject({ status: 200, body: { active: 1, told: true } });
    expect([before, ada.heard.length]).toEqual([3, 3]);
    expect(await moderationOf(bot, ada.id)).toHaveLength(1);
  });

  it('says who cannot be written to', async () => {
    const ada = bot.person();
    ada.blocksBot = true;
    for (const id of [ada.id, noOne, '99999999999999999999', bot.discord.bot.id])
      expect(await write(id, 'hello'), id).toMatchObject({ status: 422, body: { error: expect.any(String) } });
    expect(bot.log.filter(({ level }) => level === 'error')).toEqual([]);
  });

  it('says that Discord is away, and takes the same id again', async () => {
    const ada = bot.person();
    const id = randomUUID();
    bot.discord.faults.failNext({ status: 503, times: 4, path: /^\/users\/@me\/channels$/ });
    bot.discord.faults.failNext({ status: 503, times: 8, path: /^\/channels/ });
    const first = await write(ada.id, 'hello', { id });
    expect(first).toMatchObject({ status: 503, body: { error: expect.stringContaining('again') } });
    expect(Number(first.retryAfter)).toBeGreaterThan(0);
    bot.discord.faults.reset();
    expect(await write(ada.id, 'hello', { id })).toMatchObject({ status: 200 });
    await bot.stop();
    await bot.start();
    expect(ada.heard).toHaveLength(1);
    bot.discord.faults.failNext({ status: 400, path: /^\/channels/, body: { code: 50006, message: 'Empty' } });
    expect(await write(ada.id, '\u200b')).toMatchObject({ status: 502 });
  });

  it('warns as automation, tells the person, writes it down and counts it', async () => {
    const ada = bot.person('ada');
    expect(await warn(ada.id, ' rude\u0000 \ud800')).toEqual({
      status: 200,
      retryAfter: null,
      body: { active: 1, told: true },
    });
    expect((await ada.hears()).content).toMatch(/^You were warned: rude \ufffd\n/);
    expect(await moderationOf(bot, ada.id)).toEqual([{ action: 'warn', reason: 'rude \ufffd', actor: 'automation' }]);
    ada.blocksBot = true;
    expect(await warn(ada.id, 'again')).toMatchObject({ status: 200, body: { active: 2, told: false } });
    await expect
      .poll(() => usageOf(bot, ada.id))
      .toEqual(Array(2).fill({ command_name: 'warn', automated: true, success: true }));
    const names = 'SELECT username FROM users WHERE discord_id = $1';
    expect(await query(bot.environment, names, [ada.id])).toEqual([{ username: 'ada' }]);
  });

  it('warns no moderator, not the bot, and nobody whom Discord does not know', async () => {
    bot.admin().person;
    bot.discord.addUser({ id: moderatorIds[0], username: 'mod' });
    for (const id of [adminId, moderatorIds[0], bot.discord.bot.id])
      expect(await warn(id, 'spam')).toMatchObject({ status: 403 });
    expect(await warn(noOne, 'spam')).toMatchObject({ status: 422 });
    bot.discord.faults.failNext({ status: 401, path: /^\/users\/\d+$/ });
    expect(await warn(noOne, 'spam')).toMatchObject({ status: 503 });
  });

  it('shows what is known of a person', async () => {
    const ada = bot.person('ada-lovelace');
    await ada.asks('Remember me');
    await warn(ada.id, 'spam');
    // An exchange is kept beside the delivery of its answer.
    await expect.poll(async () => (await contextOf(bot, ada.id)).body.conversationContext).toHaveLength(1);
    const { status, body } = await contextOf(bot, ada.id);
    expect(status).toBe(200);
    expect(body).toEqual({
      userId: ada.id,
      username: 'ada-lovelace',
      conversationContext: [
        { userMessage: 'Remember me', aiResponse: 'You said: Remember me', timestamp: expect.any(String) },
      ],
      warnings: 1,
      limits: { current: 1, remaining: 99, max: 100, resetAt: expect.any(String) },
    });
    await ada.asks('And now?');
    expect(body.conversationContext).toEqual(bot.workflow.calls.at(-1)?.body.conversationContext);
    expect(await contextOf(bot, noOne)).toMatchObject({ status: 404 });
    expect(await contextOf(bot, '123')).toMatchObject({ status: 400 });
  });

  it('takes a signature for one thing only', async () => {
    const [ada, grace] = [bot.person(), bot.person()];
    await grace.asks('a secret');
    // The address of a GET is in its id.
    expect(await contextOf(bot, grace.id, `${ada.id}-1`)).toMatchObject({ status: 401 });
    expect(await contextOf(bot, grace.id, 'anything')).toMatchObject({ status: 401 });
    expect(await contextOf(bot, grace.id, grace.id)).toMatchObject({ status: 401 });
    // A body says itself what it is for.
    const paths = { text: '/automation/warnings', reason: '/automation/messages' };
    for (const [field, path] of Object.entries(paths))
      expect(await post(bot, path, { userId: ada.id, [field]: 'x' })).toMatchObject({ status: 400 });
    expect(await post(bot, '/automation/messages', '')).toMatchObject({ status: 400 });
    // What the bot itself signed is no request.
    const sent = bot.workflow.calls.at(-1);
    expect(sent?.headers['webhook-signature']).toBeDefined();
    for (const path of Object.values(paths)) expect((await post(bot, path, sent?.body ?? {})).status).toBe(400);
    expect(ada.heard).toEqual([]);
  });

  it.each([
    ['another secret', { secret: Buffer.alloc(32, 'wrong').toString('base64') }],
    ['no signature', { headers: { 'webhook-signature': '' } }],
    ['an old signature', { at: Date.now() - 400_000 }],
    ['a signature of the future', { at: Date.now() + 400_000 }],
    ['another id', { headers: { 'webhook-id': 'other' } }],
    ['another time', { headers: { 'webhook-timestamp': String(Math.floor(Date.now() / 1_000) - 7) } }],
    ['an id that is too long', { id: 'x'.repeat(129) }],
    ['an id of strange characters', { id: 'ab\u00fc' }],
  ])('does nothing by %s', async (_what, call: Call) => {
    const ada = bot.person();
    const { status, body } = await write(ada.id, 'hello', call);
    expect(status).toBe(401);
    expect(Object.keys(body)).toEqual(['error']);
    expect(JSON.stringify(body)).not.toContain(secret.slice(0, 10));
    expect(ada.heard).toEqual([]);
  });

  it('does nothing without any of the three headers', async () => {
    const body = JSON.stringify({ userId: bot.person().id, text: 'x' });
    const signed = sign(keys(), 'y', Date.now(), body);
    for (const name of Object.keys(signed) as (keyof typeof signed)[]) {
      const { [name]: _left, ...headers } = { ...signed, 'content-type': 'application/json' };
      const response = await fetch(`${addressOf(bot)}/automation/messages`, { method: 'POST', headers, body });
      expect(response.status).toBe(401);
    }
  });

  it('knows several secrets while they are being changed', async () => {
    const ada = bot.person();
    expect((await write(ada.id, 'one', { secret: oldSecret })).status).toBe(200);
    expect((await write(ada.id, 'two', { secret })).status).toBe(200);
  });

  it.each([
    ['no JSON', '{"userId": ', 400],
    ['deep nesting', '['.repeat(60_000), 400],
    ['deeply nested objects', `${'{"userId":'.repeat(5_000)}1${'}'.repeat(5_000)}`, 400],
    ['a prototype', '{"userId":"100000000000000077","text":"x","__proto__":{"text":"y"}}', 400],
    ['a number as id', '{"userId":100000000000000077,"text":"x"}', 400],
    ['a huge number', '{"userId":1e999,"text":"x"}', 400],
    ['an id of words', '{"userId":"../../@me","text":"x"}', 400],
    ['a list', '[{"userId":"100000000000000077","text":"x"}]', 400],
    ['null', 'null', 400],
    ['an empty text', '{"userId":"100000000000000077","text":" \\u0000 "}', 400],
    ['a text that is too long', JSON.stringify({ userId: '100000000000000077', text: 'x'.repeat(20_001) }), 400],
    ['too large a body', JSON.stringify({ userId: '100000000000000077', text: 'x'.repeat(70_000) }), 413],
  ])('says what is wrong with %s', async (_what, body, status) => {
    const answer = await post(bot, '/automation/messages', body);
    expect(answer).toMatchObject({ status, body: { error: expect.stringMatching(/\w.*[.:]/) } });
    expect(Object.keys(answer.body)).toEqual(['error']);
  });

  it('names what is wrong, and quotes nothing', async () => {
    const body = { userId: 'secret', text: 7, extra: 'secret' };
    const { error } = (await post(bot, '/automation/messages', body)).body;
    expect(error).toMatch(/userId must be a Discord id.*text must be a text.*fields that this request does not know/);
    expect(error).not.toContain('secret');
    const tooLong = await warn(bot.person().id, 'x'.repeat(4_000));
    expect(tooLong).toMatchObject({ status: 400, body: { error: expect.stringContaining('500 characters') } });
    expect((await warn(bot.person().id, '\u{1f94a}'.repeat(500))).status).toBe(200);
  });

  it.each([
    ['text/plain'],
    ['application/x-www-form-urlencoded'],
    ['application/json; charset=utf-16'],
    ['application/json;charset="latin1"'],
  ])('takes no %s', async (type) => {
    const ada = bot.person();
    expect(await write(ada.id, 'x', { headers: { 'content-type': type } })).toMatchObject({ status: 415 });
    expect(ada.heard).toEqual([]);
  });

  it('takes UTF-8 that says that it is', async () => {
    const headers = { 'content-type': 'application/json; charset=UTF-8' };
    expect((await write(bot.person().id, 'ü', { headers })).status).toBe(200);
  });

  it('carries four out at a time, and takes the others later', async () => {
    const ada = bot.person();
    // Discord's budget of this second may be half used by now.
    await expect.poll(() => Date.now() >= container.client.rest.globalReset).toBe(true);
    bot.discord.faults.delayRest(400);
    const ids = Array.from({ length: 12 }, () => randomUUID());
    const first = await Promise.all(ids.map((id, n) => write(ada.id, `number ${n}`, { id })));
    const refused = first.filter(({ status }) => status === 503);
    expect(first.filter(({ status }) => status === 200)).toHaveLength(4);
    expect(refused).toHaveLength(8);
    expect(refused.every(({ retryAfter }) => retryAfter === '1')).toBe(true);
    bot.discord.faults.delayRest(0);
    for (const [n, id] of ids.entries())
      expect((await write(ada.id, `number ${n}`, { id })).status).toBe(first[n]?.status === 200 ? 409 : 200);
    expect(new Set(ada.heard.map(({ content }) => content)).size).toBe(12);
  });

  it('leaves half of what Discord takes in a second to people’s turns', async () => {
    const ada = bot.person('in-time');
    const { rest } = container.client;
    const id = randomUUID();
    rest.globalRemaining = 20;
    rest.globalReset = Date.now() + 60_000;
    expect(await write(ada.id, 'hello', { id })).toMatchObject({ status: 503, retryAfter: '1' });
    expect((await ada.asks('Me?')).content).toBe('You said: Me?');
    expect((await contextOf(bot, ada.id)).status).toBe(200);
    rest.globalReset = Date.now() - 1;
    expect((await write(ada.id, 'hello', { id })).status).toBe(200);
    expect(ada.heard).toHaveLength(2);
  });

  it('knows nobody any more who was forgotten', async () => {
    const ada = bot.person();
    await ada.asks('Remember me');
    await ada.asks('!forgetme confirm');
    expect(await contextOf(bot, ada.id)).toMatchObject({ status: 404 });
    // But for warnings, which stay.
    const grace = bot.person();
    await warn(grace.id, 'spam');
    await grace.hears();
    await grace.asks('!forgetme confirm');
    const { status, body } = await contextOf(bot, grace.id);
    expect([status, body.username, body.warnings, body.conversationContext]).toEqual([200, undefined, 1, []]);
  });

  it('lets nothing through that was changed: 10,000 mutations', { timeout: 120_000 }, async () => {
    const ada = bot.person();
    const body = JSON.stringify({ userId: ada.id, text: 'hello' });
    const signed = { ...sign(keys(), 'mutated', Date.now(), body) };
    let seed = 7;
    const random = (below: number): number => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return seed % below;
    };
    const changed = (text: string): string => {
      const [at, code] = [random(text.length), 33 + random(94)];
      const other = String.fromCharCode(code);
      return [
        () => text.slice(0, at) + other + text.slice(at + 1),
        () => text.slice(0, at) + text.slice(at + 1),
        () => text.slice(0, at) + other + text.slice(at),
        () => text.slice(0, at),
        () => text + other,
      ][random(5)]?.() as string;
    };
    const statuses = new Map<number, number>();
    const one = async (): Promise<void> => {
      const parts: Record<string, string> = { ...signed, body };
      const names = Object.keys(parts);
      for (let times = 1 + random(2); times > 0; times -= 1) {
        const name = names[random(names.length)] ?? '';
        parts[name] = changed(parts[name] ?? '');
      }
      const isSame = parts.body === body && Object.entries(signed).every(([name, value]) => parts[name] === value);
      if (isSame) return;
      const { body: sent, ...headers } = parts;
      const response = await fetch(`${addressOf(bot)}/automation/messages`, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body: sent ?? '',
      });
      await response.arrayBuffer();
      statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
    };
    for (let round = 0; round < 500; round += 1) await Promise.all(Array.from({ length: 20 }, one));
    expect([...statuses.keys()].filter((status) => status < 400 || status >= 500)).toEqual([]);
    expect(ada.heard).toEqual([]);
    expect((await post(bot, '/automation/messages', body, { id: 'not-mutated' })).status).toBe(200);
  });

  it('describes exactly what it does', async () => {
    const document = (await (await get(bot, '/automation/openapi.json')).json()) as { paths: object };
    for (const [path, operations] of Object.entries(document.paths)) {
      if (path.startsWith('/n8n/')) continue;
      for (const method of Object.keys(operations)) {
        const response = await fetch(addressOf(bot) + path.replace(/\{\w+\}/, noOne), { method: method.toUpperCase() });
        expect([path, response.status]).toEqual([path, 401]);
      }
    }
    expect((await fetch(`${addressOf(bot)}/automation/messages`)).status).toBe(404);
  });
});

describe.skipIf(!inject('postgres'))('automation while the database is away', () => {
  it('acts, warns and tells, and the warnings are there afterwards', async () => {
    await using server = await PostgresServer.start();
    const database = await server.createDatabase();
    const environment = {
      ...server.environment(database),
      N8N_SIGNING_SECRET: secret,
      N8N_ACTIONS: 'warn,flushMemory',
    };
    await using bot = await startTestBot({ environment });
    const ada = bot.person('ada');
    await ada.asks('before');
    await server.stop();
    const reason = 'while it was away';
    const sent = await post(bot, '/automation/warnings', { userId: ada.id, reason });
    expect(sent).toMatchObject({ status: 200, body: { active: 1, told: true } });
    await ada.hears();
    using _ = answering(bot.workflow, () => ({
      body: { output: 'yes', actions: [{ type: 'warn', reason: 'too' }, { type: 'flushMemory' }] },
    }));
    ada.says('hello');
    await ada.hears();
    await ada.hears();
    expect((await contextOf(bot, ada.id)).body).toMatchObject({ warnings: 2, conversationContext: [] });
    expect(await contextOf(bot, '100000000000000078')).toMatchObject({ status: 503 });
    await server.restart();
    await untilDatabaseIs(bot, 'connected');
    expect((await contextOf(bot, ada.id)).body).toMatchObject({
      username: 'ada',
      warnings: 2,
      conversationContext: [],
    });
    expect((await moderationOf(bot, ada.id)).map((row) => row.actor)).toEqual(['automation', 'automation']);
  });
});

describe.skipIf(!inject('postgres'))('a bot without a secret', () => {
  it('has no automation API without a secret', async () => {
    await using bot = await startTestBot();
    for (const path of ['messages', 'warnings'])
      expect((await post(bot, `/automation/${path}`, { userId: '100000000000000077', text: 'x' })).status).toBe(404);
    expect((await contextOf(bot, '100000000000000077')).status).toBe(404);
    expect((await get(bot, '/automation/openapi.json')).status).toBe(404);
  });
});
