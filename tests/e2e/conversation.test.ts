import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { startTestBot, type TestBot } from '#testing';
import { StandInWorkflow } from '../../src/simulator/StandInWorkflow.ts';
import { answering, thinking } from './answering.ts';

describe.skipIf(!inject('postgres'))('a direct message', () => {
  let bot: TestBot;
  beforeAll(async () => {
    bot = await startTestBot();
  });
  afterAll(() => bot?.[Symbol.asyncDispose]());

  it('goes to the workflow and comes back as the reply', async () => {
    const ada = bot.user('ada');
    expect(await ada.says('Hello')).toBeAnsweredWith('You said: Hello');
    const { body } = await bot.workflow.nextCall();
    expect(body).toMatchObject({
      userId: ada.id,
      username: 'ada',
      message: 'Hello',
      channelId: ada.person.channelId,
      conversationContext: [],
      warnings: 0,
      attachments: [],
    });
    expect(body.turnId).toBe(body.messageId);
  });

  it('carries the first message as context of the second', async () => {
    const grace = bot.user('grace');
    await grace.says('My name is Grace');
    await grace.says('What is my name?');
    expect(bot.workflow.calls.at(-1)?.body.conversationContext).toMatchObject([
      { userMessage: 'My name is Grace', aiResponse: 'You said: My name is Grace' },
    ]);
  });

  it('is refused with the time of reset when it is the sixth within a minute', async () => {
    const eager = bot.user('eager');
    for (const n of [1, 2, 3, 4, 5])
      expect(await eager.says(`message ${n}`)).toBeAnsweredWith(`You said: message ${n}`);
    expect(await eager.says('one more')).toBeRefusedAs('RateLimited', /You can go on <t:\d+:R>/);
  });

  it('keeps memory and limits over a restart', async () => {
    const ada = bot.user('patient');
    for (const n of [1, 2, 3, 4]) await ada.says(`before ${n}`);
    await bot.restart();
    await ada.says('after');
    expect(bot.workflow.calls.at(-1)?.body.conversationContext).toHaveLength(4);
    expect(await ada.says('too much')).toBeRefusedAs('RateLimited', /You can go on/);
  });

  it('waits for the answer to the one before, also when its own would be quicker', async () => {
    const ada = bot.person();
    const first = Promise.withResolvers<void>();
    using _ = answering(bot.workflow, async ({ message }) => {
      if (message === 'first') await first.promise;
      return { body: { output: `You said: ${message}` } };
    });
    ada.says('first');
    await once(bot.workflow, 'call');
    ada.says('second');
    ada.says('third');
    expect((await bot.person().asks('Am I kept waiting?')).content).toBe('You said: Am I kept waiting?');
    expect(ada.heard).toEqual([]);
    first.resolve();
    for (const text of ['first', 'second', 'third']) expect((await ada.hears()).content).toBe(`You said: ${text}`);
    const context = bot.workflow.calls.at(-1)?.body.conversationContext.map(({ userMessage }) => userMessage);
    expect(context).toEqual(['first', 'second']);
  });

  it('gets a long answer whole, in parts whose code fences are closed and opened again', async () => {
    const lines = Array.from({ length: 100 }, (_, n) => `console.log(${n}, 'a line of code that takes some room');`);
    using _ = answering(bot.workflow, () => ({
      body: { output: `Look:\n\`\`\`js\n${lines.join('\n')}\n\`\`\`\nThat is all.` },
    }));
    const { replies: parts } = await bot.user().says('Show me some code');
    expect(parts.at(-1)).toMatch(/That is all\.$/);
    expect(parts.length).toBeGreaterThan(2);
    for (const part of parts) {
      expect(part.length).toBeLessThanOrEqual(2_000);
      expect(part.match(/```/g)?.length).toBe(2);
    }
    expect(parts.join('\n').match(/^console.*$/gm)).toEqual(lines);
  });

  it.each([
    ['fails', { status: 500, body: { message: 'Error in workflow' } }],
    ['is not active', { status: 404, body: { code: 404, message: 'The requested webhook is not registered.' } }],
    ['refuses the call', { status: 403, body: 'Authorization data is wrong!' }],
    ['answers with nothing', { body: null }],
    ['answers with a page', { body: '<!DOCTYPE html><html><body>Bad gateway</body></html>' }],
    ['answers with something else', { body: { result: 1 } }],
    ['answers with too much', { body: { output: 'x'.repeat(1_100_000) } }],
    ['dies', { body: null, cut: true }],
  ])('gets one apology when the workflow %s, which is not remembered', async (_what, failure) => {
    const ada = bot.user();
    {
      using _ = answering(bot.workflow, () => failure);
      expect(await ada.says('Can you hear me?')).toBeAnsweredWith(
        'Sorry, I could not come up with an answer just now. Please try again in a moment.',
      );
    }
    expect(await ada.says('And now?')).toBeAnsweredWith('You said: And now?');
    const calls = bot.workflow.calls.filter(({ body }) => body.userId === ada.id);
    expect(calls.map(({ body }) => body.conversationContext)).toEqual([[], []]);
  });

  it('and the secrets of its call follow no redirect', async () => {
    await using elsewhere = await StandInWorkflow.start();
    using _ = answering(bot.workflow, () => ({ status: 307, headers: { location: elsewhere.url }, body: null }));
    expect(await bot.user().says('Where do you go?')).toBeAnsweredWith(/^Sorry/);
    expect(elsewhere.calls).toEqual([]);
  });

  it('gets an answer that pings nobody and is never read as a command', async () => {
    const ada = bot.person();
    using _ = answering(bot.workflow, ({ message }) => ({ body: { output: message.replace('Say: ', '') } }));
    const reply = await ada.asks(`Say: @everyone @here <@${ada.id}> <@&1>`);
    expect(reply.content).toBe(`@everyone @here <@${ada.id}> <@&1>`);
    expect(reply).toMatchObject({ mentions: [], mention_roles: [], mention_everyone: false });
    expect((await ada.asks('Say: !flushmemory')).content).toBe('!flushmemory');
    await ada.asks('Thanks');
    expect(bot.workflow.calls.at(-1)?.body.conversationContext).toHaveLength(2);
  });

  it('is answered once when Discord tells of it twice, takes the answer without saying so, or shows it edited', async () => {
    const ada = bot.person();
    bot.discord.faults.duplicateNextEvents();
    const first = ada.says('Hello');
    expect((await ada.hears()).content).toBe('You said: Hello');
    bot.discord.faults.loseAnswers({ method: 'POST', path: /\/messages$/ });
    await ada.asks('Did you get that?');
    ada.edits(first.id, 'Hello again');
    await ada.asks('That is all');
    await bot.stop();
    await bot.start();
    expect(ada.heard.map(({ content }) => content)).toEqual(
      ['Hello', 'Did you get that?', 'That is all'].map((text) => `You said: ${text}`),
    );
  });

  it('shows that the bot is typing while the workflow thinks', async () => {
    const ada = bot.person();
    using workflow = thinking(bot.workflow);
    const typing = once(bot.discord, 'typing');
    ada.says('Think about it');
    expect(await typing).toMatchObject([{ channelId: ada.channelId }]);
    workflow.release();
    expect((await ada.hears()).content).toBe('You said: Think about it');
  });

  it('of somebody who blocked the bot harms nobody else', async () => {
    const sulky = bot.user();
    sulky.person.blocksBot = true;
    const inVain = Promise.all(['Hello', '!help', '!nonsense', '/help'].map((text) => sulky.says(text)));
    expect(await bot.user().says('Hello')).toBeAnsweredWith('You said: Hello');
    for (const said of await inVain) expect(said).toBeLeftAlone();
    sulky.person.blocksBot = false;
    expect(await sulky.says('Sorry')).toBeAnsweredWith('You said: Sorry');
    // What was not delivered is no part of the conversation.
    expect(bot.workflow.calls.at(-1)?.body.conversationContext).toEqual([]);
  });
});

describe.skipIf(!inject('postgres'))('a workflow that takes too long', () => {
  it('is given up after N8N_TIMEOUT_MS, with the apology', async () => {
    await using bot = await startTestBot({ environment: { N8N_TIMEOUT_MS: '100' } });
    const never = Promise.withResolvers<never>();
    bot.workflow.answer = () => never.promise;
    expect(await bot.user().says('Hello?')).toBeAnsweredWith(/^Sorry/);
  });
});

describe.skipIf(!inject('postgres'))('MEMORY_OWNER=n8n', () => {
  it('keeps the history out of the call, because the workflow has its own', async () => {
    await using bot = await startTestBot({ environment: { MEMORY_OWNER: 'n8n' } });
    const ada = bot.user();
    for (const text of ['one', 'two']) await ada.says(text);
    expect(bot.workflow.calls.map(({ body }) => body.conversationContext)).toEqual([[], []]);
  });
});
