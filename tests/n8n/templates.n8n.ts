import { describe, expect, inject, it } from 'vitest';
import { query } from '../e2e/query.ts';
import { lastOf, textsOf } from './ModelServer.ts';
import { personOf, startBot, startModel } from './surroundings.ts';

const sessionsOf = (userId: string) =>
  query(inject('n8n').database, 'SELECT session_id FROM n8n_chat_histories WHERE session_id LIKE $1', [`${userId}%`]);

describe('agent-with-memory', () => {
  it('remembers what each person said, for as long as the person wants', async () => {
    await startModel();
    const bot = await startBot('steward-memory', { MEMORY_OWNER: 'n8n' });
    const [ada, grace] = [personOf(bot), personOf(bot, 'grace')];
    expect((await ada.asks('I am Ada, {{ 1 + 1 }}, "hi"')).content).toBe('You said: I am Ada, {{ 1 + 1 }}, "hi"');
    expect((await grace.asks('I am Grace.')).content).toBe('You said: I am Grace.');
    expect((await ada.asks('Who am I?')).content).toBe('You said: I am Ada, {{ 1 + 1 }}, "hi" | Who am I?');
    expect(await sessionsOf(ada.id)).toEqual(Array(4).fill({ session_id: ada.id }));

    expect((await ada.asks('!flushmemory')).content).toBe(
      "I forgot our conversation (exchanges: 2, messages of n8n's memory: 4).",
    );
    expect(await sessionsOf(ada.id)).toEqual([]);
    expect((await ada.asks('And now?')).content).toBe('You said: And now?');
    expect((await grace.asks('And I?')).content).toBe('You said: I am Grace. | And I?');
  });

  it('forgets a turn that n8n was still at when the person wanted it forgotten', async () => {
    const model = await startModel();
    const bot = await startBot('steward-memory', { MEMORY_OWNER: 'n8n' });
    const ada = personOf(bot);
    const [asked, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    model.answer = async function* () {
      asked.resolve();
      await released.promise;
      yield 'I keep it.';
    };
    ada.says('A secret.');
    await asked.promise;
    await ada.asks('!flushmemory');
    released.resolve();
    expect((await ada.hears()).content).toBe('I keep it.');
    await expect.poll(() => sessionsOf(ada.id)).toEqual([]);
    // Nothing of it is under way any more.
    await bot.stop();
    expect(await sessionsOf(ada.id)).toEqual([]);
  });
});

describe('agent-with-context', () => {
  it('reads the conversation that the bot sends, and nothing of it once it is forgotten', async () => {
    const model = await startModel();
    model.answer = (prompt) => [`I read ${lastOf(prompt).split('"userMessage":').length - 1} exchanges.`];
    const bot = await startBot('steward-context');
    const ada = personOf(bot);
    expect((await ada.asks('I am "Ada".')).content).toBe('I read 0 exchanges.');
    expect((await ada.asks('Who am I?')).content).toBe('I read 1 exchanges.');
    const [text = ''] = textsOf(model.prompts.at(-1) ?? { messages: [] }, 'user');
    expect(text).toContain('"userMessage":"I am \\"Ada\\".","aiResponse":"I read 0 exchanges."');
    expect(text).toMatch(/Answer this message:\nWho am I\?$/);
    expect((await ada.asks('!flushmemory')).content).toMatch(/\(exchanges: 2, messages of n8n's memory: 0\)/);
    expect((await ada.asks('And now?')).content).toBe('I read 0 exchanges.');
    expect(await sessionsOf(ada.id)).toEqual([]);
  });
});

describe('database-without-ai', () => {
  it('answers from context, warnings and activity, by a role that may do little else', async () => {
    const bot = await startBot('steward-database');
    const [ada, admin] = [personOf(bot, 'ada'), bot.admin().person];
    const hello = (exchanges: number, messages: number, warnings: number) =>
      `Hello ada. Exchanges that I remember: ${exchanges}. Your messages in seven days: ${messages}. Your active warnings: ${warnings}.`;
    expect((await ada.asks('Hello')).content).toBe(hello(0, 0, 0));
    // What is counted is written at the latest when the bot stops.
    await bot.stop();
    await bot.start();
    expect((await ada.asks('Hello, again')).content).toBe(hello(1, 1, 0));
    await admin.asks(`!warn ${ada.id} spam`);
    await ada.hears();
    await bot.stop();
    await bot.start();
    expect((await ada.asks('Hello')).content).toBe(hello(2, 2, 1));
  });
});

describe('signature-check', () => {
  it('lets calls through that the bot signed', async () => {
    const bot = await startBot('steward-signed', { N8N_SIGNING_SECRET: inject('n8n').signingSecret });
    expect((await personOf(bot).asks('Grüße 🙂')).content).toBe('The signature is right. You wrote: Grüße 🙂');
  });

  it.each([
    ['signed with another secret', Buffer.alloc(32).toString('base64')],
    ['not signed', undefined],
  ])('fails at calls that are %s', async (_what, secret) => {
    const bot = await startBot('steward-signed', { N8N_SIGNING_SECRET: secret });
    await personOf(bot).asks('Hello');
    expect(bot.log).toContainEqual(expect.objectContaining({ err: expect.objectContaining({ code: 'failed' }) }));
  });
});
