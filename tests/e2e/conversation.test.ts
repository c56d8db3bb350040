import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { startTestBot, type TestBot } from '../support/startTestBot.ts';

describe.skipIf(!inject('postgres'))('a direct message', () => {
  let bot: TestBot;
  beforeAll(async () => {
    bot = await startTestBot();
  });
  afterAll(() => bot?.[Symbol.asyncDispose]());

  it('goes to the workflow and comes back as the reply', async () => {
    const ada = bot.user('ada');
    const reply = await ada.asks('Hello');
    expect(reply.content).toBe('You said: Hello');
    const { body } = await bot.workflow.nextCall();
    expect(body).toMatchObject({
      userId: ada.id,
      username: 'ada',
      message: 'Hello',
      channelId: ada.channelId,
      conversationContext: [],
      warnings: 0,
      attachments: [],
    });
    expect(body.turnId).toBe(body.messageId);
  });

  it('carries the first message as context of the second', async () => {
    const ada = bot.user('grace');
    await ada.asks('My name is Grace');
    await bot.workflow.nextCall();
    await ada.asks('What is my name?');
    const { body } = await bot.workflow.nextCall();
    expect(body.conversationContext).toMatchObject([
      { userMessage: 'My name is Grace', aiResponse: 'You said: My name is Grace' },
    ]);
  });

  it('is refused with the time of reset when it is the sixth within a minute', async () => {
    const eager = bot.user('eager');
    for (const n of [1, 2, 3, 4, 5]) expect((await eager.asks(`message ${n}`)).content).toBe(`You said: message ${n}`);
    expect((await eager.asks('one more')).content).toMatch(/You can go on <t:\d+:R>/);
  });

  it('keeps memory and limits over a restart', async () => {
    const ada = bot.user('patient');
    for (const n of [1, 2, 3, 4]) await ada.asks(`before ${n}`);
    await bot.stop();
    await bot.start();
    await ada.asks('after');
    const call = bot.workflow.calls.at(-1);
    expect(call?.body.conversationContext).toHaveLength(4);
    expect((await ada.asks('too much')).content).toMatch(/You can go on/);
  });
});
