import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { startTestBot, type TestBot } from '#testing';
import { wording } from '../../../src/wording.ts';
import { answering, thinking } from '../../e2e/answering.ts';

describe.skipIf(!inject('postgres'))('a person whose message the workflow does not get', () => {
  let bot: TestBot;
  beforeAll(async () => {
    bot = await startTestBot({ environment: { N8N_MAX_CONCURRENT: '1', N8N_MAX_WAITING: '0' } });
  });
  afterAll(() => bot?.[Symbol.asyncDispose]());

  it('is told that many people write, and the others get their answers', async () => {
    const [first, second] = [bot.person(), bot.person()];
    using workflow = thinking(bot.workflow);
    const answered = first.asks('first');
    await bot.workflow.nextCall();
    expect((await second.asks('second')).content).toMatch(/^Many people are writing to me right now/);
    workflow.release();
    expect((await answered).content).toBe('You said: first');
    expect((await second.asks('again')).content).toBe('You said: again');
    expect(bot.workflow.calls.map(({ body }) => body.message)).toEqual(['first', 'again']);
  });

  it('gets the apology without a call when the workflow is away', async () => {
    using _unavailable = answering(bot.workflow, () => ({ status: 503, body: { message: 'Database is not ready!' } }));
    const before = bot.workflow.calls.length;
    for (let call = 0; call < 6; call += 1) expect((await bot.person().asks('Hello')).content).toBe(wording.apology());
    expect(bot.workflow.calls.length - before).toBe(5);
  });
});
