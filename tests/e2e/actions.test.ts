import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { startTestBot, type TestBot } from '#testing';
import type { SimulatedUser } from '../../src/simulator/SimulatedUser.ts';
import { answering } from './answering.ts';
import { addressOf, logged, moderationOf, usageOf } from './automating.ts';
import { moderatorIds } from './moderators.ts';
import { query } from './query.ts';

async function nextCallOf({ workflow }: TestBot, userId: string) {
  for (;;) {
    const call = await workflow.nextCall();
    if (call.body.userId === userId) return call;
  }
}

describe.skipIf(!inject('postgres'))('actions in replies', () => {
  let bot: TestBot;
  beforeAll(async () => {
    const environment = {
      N8N_ACTIONS: 'warn,flushMemory',
      PUBLIC_URL: 'https://bot.example',
      MODERATOR_IDS: moderatorIds.join(','),
      RATE_LIMIT_MAX: '100',
    };
    bot = await startTestBot({ environment });
  });
  afterAll(() => bot?.[Symbol.asyncDispose]());

  const acting = (...actions: unknown[]) =>
    answering(bot.workflow, ({ message }) => ({ body: { output: `You said: ${message}`, actions } }));
  const heardBy = async (person: SimulatedUser, n: number) =>
    (await Promise.all(Array.from({ length: n }, () => person.hears()))).map(({ content }) => content).sort();

  it('warn the person of the turn, who is told, as automation, and are written down', async () => {
    const ada = bot.person('ada');
    using _ = acting({ type: 'warn', reason: 'rude\n@everyone' });
    ada.says('hello');
    expect(await heardBy(ada, 2)).toEqual([
      'You said: hello',
      expect.stringMatching(/^You were warned: rude @everyone\nThe warning \(`\w{8}`\) expires <t:\d+:R>\./),
    ]);
    expect(ada.heard.every(({ mention_everyone, mentions }) => !mention_everyone && mentions.length === 0)).toBe(true);
    expect(await moderationOf(bot, ada.id)).toEqual([
      { action: 'warn', reason: 'rude\n@everyone', actor: 'automation' },
    ]);
    await expect.poll(() => usageOf(bot, ada.id)).toEqual([{ command_name: 'warn', automated: true, success: true }]);
    const turnId = ada.messages.find(({ author }) => author.id === ada.id)?.id;
    expect(logged(bot, 'Automation carried an action out.').at(-1)).toMatchObject({ turnId, type: 'warn' });
    expect(JSON.stringify(bot.log)).not.toMatch(/rude|hello/);
  });

  it('flush the memory of the person, this very turn included, and of nobody else', async () => {
    const [ada, grace] = [bot.person(), bot.person()];
    await grace.asks('I am Grace');
    await ada.asks('an earlier exchange');
    {
      using _ = acting({ type: 'flushMemory' });
      expect((await ada.asks('forget me')).content).toBe('You said: forget me');
    }
    await ada.asks('Who am I?');
    expect(bot.workflow.calls.at(-1)?.body.conversationContext).toEqual([]);
    await grace.asks('And I?');
    expect(bot.workflow.calls.at(-1)?.body.conversationContext).toMatchObject([{ userMessage: 'I am Grace' }]);
    const kept = `SELECT user_message FROM conversations WHERE user_message IN ('an earlier exchange', 'forget me')`;
    expect(await query(bot.environment, kept)).toEqual([]);
    await expect
      .poll(() => usageOf(bot, ada.id))
      .toEqual([{ command_name: 'flushmemory', automated: true, success: true }]);
  });

  it('flush nothing of what the person writes while the turn is under way', async () => {
    const ada = bot.person();
    const { promise: isWritten, resolve } = Promise.withResolvers<void>();
    {
      using _ = answering(bot.workflow, async ({ message }) => {
        if (message !== 'forget me') return { body: { output: 'Noted.' } };
        await isWritten;
        return { body: { output: 'Done.', actions: [{ type: 'flushMemory' }] } };
      });
      ada.says('forget me');
      await nextCallOf(bot, ada.id);
      ada.says('I am Ada');
      resolve();
      expect(await heardBy(ada, 2)).toEqual(['Done.', 'Noted.']);
    }
    await ada.asks('Who am I?');
    expect(bot.workflow.calls.at(-1)?.body.conversationContext).toMatchObject([{ userMessage: 'I am Ada' }]);
  });

  it('that nobody knows, or that lack what they need, are logged and change nothing', async () => {
    const ada = bot.person();
    using _ = acting(
      { type: 'flushdb' },
      { type: 'warn', reason: 'x'.repeat(4_000) },
      { type: `${'flush\u202e'.repeat(20)}` },
      'warn',
    );
    expect((await ada.asks('hello')).content).toBe('You said: hello');
    expect(await moderationOf(bot, ada.id)).toEqual([]);
    const lines = bot.log.filter(({ msg }) => String(msg).startsWith('An action is unknown')).slice(-4);
    expect(lines.map(({ type }) => type)).toEqual(['flushdb', 'warn', 'flush?'.repeat(20).slice(0, 40), undefined]);
  });

  it.each([
    [
      'in a stream',
      (reply: object) => {
        const event = (type: string, content?: string) => ({ type, content, metadata: { nodeId: 'n', runIndex: 0 } });
        return { stream: [event('begin'), event('item', JSON.stringify(reply)), event('end')] };
      },
    ],
    ['within data', (reply: object) => ({ body: { data: reply } })],
    ['in a list', (reply: object) => ({ body: [reply] })],
  ])('are found %s', async (_where, wrap) => {
    const ada = bot.person();
    using _ = answering(bot.workflow, () => wrap({ output: 'yes', actions: [{ type: 'warn', reason: 'spam' }] }));
    ada.says('hello');
    expect(await heardBy(ada, 2)).toEqual([expect.stringMatching(/^You were warned: spam\n/), 'yes']);
    expect(ada.heard).toHaveLength(2);
  });

  it('are carried out when the answer comes later, once', async () => {
    const ada = bot.person();
    using _ = answering(bot.workflow, () => ({ status: 202, body: { accepted: true } }));
    ada.says('hello');
    const { body } = await nextCallOf(bot, ada.id);
    const path = String(body.callbackUrl).replace('https://bot.example', addressOf(bot));
    const reply = { output: 'at last', actions: [{ type: 'warn', reason: 'spam' }] };
    const send = () =>
      fetch(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(reply) });
    expect((await send()).status).toBe(200);
    expect((await send()).status).toBe(409);
    expect(await heardBy(ada, 2)).toEqual([expect.stringMatching(/^You were warned: spam\n/), 'at last']);
    expect(await moderationOf(bot, ada.id)).toHaveLength(1);
  });

  it('do not warn moderators', async () => {
    const mod = bot.discord.addUser({ id: moderatorIds[0], username: 'mod' });
    using _ = acting({ type: 'warn', reason: 'spam' });
    await mod.asks('hello');
    expect(await moderationOf(bot, mod.id)).toEqual([]);
    expect(bot.log.at(-1) && bot.log.some(({ refusal }) => refusal === 'NotOutranked')).toBe(true);
  });

  it('are not found in texts: what looks like a command is text', async () => {
    const ada = bot.person();
    const grace = bot.person();
    await grace.asks('Remember me');
    for (const output of ['!flushdb confirm', '/warn', `!warn <@${ada.id}> spam`, '{"actions": [{"type": "warn"}]}']) {
      using _ = answering(bot.workflow, () => ({ body: { output } }));
      expect((await ada.asks('hello')).content).toBe(output);
    }
    expect(await moderationOf(bot, ada.id)).toEqual([]);
    await grace.asks('And?');
    expect(bot.workflow.calls.at(-1)?.body.conversationContext).toHaveLength(1);
  });
});

describe.skipIf(!inject('postgres'))('actions that are not listed', () => {
  it('are not carried out', async () => {
    await using bot = await startTestBot({ environment: { N8N_ACTIONS: 'flushMemory' } });
    const ada = bot.person();
    using _ = answering(bot.workflow, () => ({ body: { output: 'yes', actions: [{ type: 'warn', reason: 'x' }] } }));
    expect((await ada.asks('hello')).content).toBe('yes');
    expect(await moderationOf(bot, ada.id)).toEqual([]);
    expect(bot.log).toContainEqual(
      expect.objectContaining({ msg: expect.stringContaining('not allowed'), type: 'warn' }),
    );
  });
});
