import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { container } from '@sapphire/framework';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { startTestBot, type TestBot } from '#testing';
import config from '../../../sapphire.config.ts';
import type { ConversationHooks } from '../../../src/core/conversation/Hooks.ts';
import { definePlugin, type PluginContext } from '../../../src/core/definePlugin.ts';
import type { SimulatedUser } from '../../../src/simulator/SimulatedUser.ts';

/** What the one plugin besides the bot's own does; each test says. */
let hooks: ConversationHooks<PluginContext> = {};
const changeable = definePlugin({
  name: 'changeable',
  conversation: {
    recall: async (...parameters) => (await hooks.recall?.(...parameters)) ?? {},
    record: async (...parameters) => hooks.record?.(...parameters),
  },
});

const contents = ({ heard }: SimulatedUser): string[] => heard.map(({ content }) => content);
const numbered = (n: number): string[] => Array.from({ length: n }, (_, index) => `message ${index + 1}`);
const answers = (said: readonly string[]): string[] => said.map((text) => `You said: ${text}`);

describe.skipIf(!inject('postgres'))('the conversation', () => {
  let bot: TestBot;
  beforeAll(async () => {
    bot = await startTestBot({
      config: { ...config, plugins: [...config.plugins, changeable] },
      environment: { RATE_LIMIT_MAX: '1000' },
    });
  });
  afterAll(() => bot?.[Symbol.asyncDispose]());
  afterEach(async () => {
    hooks = {};
    bot.workflow.answer = ({ message }) => ({ body: { output: `You said: ${message}` } });
    bot.discord.faults.reset();
    await allDone();
  });

  const allDone = (): Promise<number> => container.intake.drain(10_000);
  const callsOf = ({ id }: SimulatedUser) => bot.workflow.calls.filter(({ body }) => body.userId === id);
  const errors = () => bot.log.filter(({ level }) => level === 'error');
  const stored = ({ id }: SimulatedUser) => container.conversations.getRecentMessages(id, 100);

  it('brings a burst of one person to the workflow in order, one at a time, and answers in order', async () => {
    const ada = bot.person();
    const first = Promise.withResolvers<void>();
    let underWay = 0;
    let most = 0;
    bot.workflow.answer = async ({ message, userId }) => {
      if (userId === ada.id) most = Math.max(most, ++underWay);
      if (message === 'message 1') await first.promise;
      if (userId === ada.id) underWay -= 1;
      return { body: { output: `You said: ${message}` } };
    };
    const said = numbered(8);
    const called = once(bot.workflow, 'call');
    for (const text of said) ada.says(text);
    await called;
    const grace = bot.person();
    // Somebody else does not wait behind it.
    expect((await grace.asks('Hello')).content).toBe('You said: Hello');
    expect(callsOf(ada)).toHaveLength(1);
    expect(contents(ada)).toEqual([]);
    first.resolve();
    await allDone();
    expect(callsOf(ada).map(({ body }) => body.message)).toEqual(said);
    expect(contents(ada)).toEqual(answers(said));
    expect(most).toBe(1);
    // Each turn knows of all before it.
    expect(callsOf(ada).map(({ body }) => body.conversationContext.length)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it('keeps the order of each of many people who all write at once', async () => {
    const people = Array.from({ length: 6 }, () => bot.person());
    const said = numbered(4);
    let underWay = 0;
    const everybody = Promise.withResolvers<void>();
    bot.workflow.answer = async ({ message }) => {
      underWay += 1;
      if (underWay === people.length) everybody.resolve();
      // None of the first turns ends before all of them have begun.
      await everybody.promise;
      return { body: { output: `You said: ${message}` } };
    };
    for (const text of said) for (const person of people) person.says(text);
    await everybody.promise;
    await allDone();
    for (const person of people) expect(contents(person)).toEqual(answers(said));
  });

  it('goes on when a plugin cannot recall, with what the others recall', async () => {
    const ada = bot.person();
    await ada.asks('before');
    await allDone();
    hooks.recall = async () => {
      throw new RangeError('a bug');
    };
    const before = errors().length;
    expect((await ada.asks('Hello')).content).toBe('You said: Hello');
    expect(callsOf(ada).at(-1)?.body.conversationContext).toMatchObject([{ userMessage: 'before' }]);
    expect(errors().slice(before)).toMatchObject([{ plugin: 'changeable', hook: 'recall' }]);
  });

  it('apologises once when nobody can answer, and stores nothing as an answer', async () => {
    const ada = bot.person();
    bot.workflow.answer = () => ({ status: 500, body: { message: 'Error in workflow' } });
    const before = errors().length;
    expect((await ada.asks('Hello')).content).toMatch(/^Sorry/);
    await allDone();
    expect(ada.heard).toHaveLength(1);
    expect(await stored(ada)).toEqual([]);
    expect(callsOf(ada)).toHaveLength(1);
    expect(errors().slice(before)).toMatchObject([{ err: { type: 'WorkflowError', code: 'failed' } }]);
  });

  it('hides from the person that a plugin cannot record, and the others record', async () => {
    const ada = bot.person();
    hooks.record = async () => {
      throw new RangeError('a bug');
    };
    const before = errors().length;
    expect((await ada.asks('Hello')).content).toBe('You said: Hello');
    await allDone();
    expect(ada.heard).toHaveLength(1);
    expect(await stored(ada)).toMatchObject([{ userMessage: 'Hello', aiResponse: 'You said: Hello' }]);
    expect(errors().slice(before)).toMatchObject([{ plugin: 'changeable', hook: 'record' }]);
  });

  it('lets the next turn begin when the one before is recorded, and not earlier', async () => {
    const ada = bot.person();
    const recorded = Promise.withResolvers<void>();
    const recording = Promise.withResolvers<void>();
    hooks.record = async ({ text }) => {
      if (text !== 'first') return;
      recording.resolve();
      await recorded.promise;
    };
    ada.says('first');
    ada.says('second');
    await recording.promise;
    // Time enough for the second one, if anything let it begin.
    for (const text of numbered(3)) await bot.person().asks(text);
    expect(callsOf(ada)).toHaveLength(1);
    recorded.resolve();
    await ada.hears(({ content }) => content === 'You said: second');
  });

  it('answers an event once that Discord sends twice', async () => {
    const ada = bot.person();
    bot.discord.faults.duplicateNextEvents(3);
    for (const text of numbered(3)) ada.says(text);
    await ada.hears(({ content }) => content === 'You said: message 3');
    await allDone();
    expect(contents(ada)).toEqual(answers(numbered(3)));
    expect(callsOf(ada)).toHaveLength(3);
  });

  it('answers a message once that comes again when discord.js has forgotten it', async () => {
    const ada = bot.person();
    const { id } = ada.says('Hello');
    await ada.hears();
    await allDone();
    container.client.channels.cache.delete(ada.channelId);
    ada.says('Hello', { id });
    ada.says('Bye');
    await ada.hears(({ content }) => content === 'You said: Bye');
    await allDone();
    expect(contents(ada)).toEqual(answers(['Hello', 'Bye']));
    expect(callsOf(ada)).toHaveLength(2);
  });

  it('loses and doubles nothing when the connection to Discord drops and is resumed', async () => {
    const ada = bot.person();
    const thought = Promise.withResolvers<void>();
    bot.workflow.answer = async ({ message }) => {
      await thought.promise;
      return { body: { output: `You said: ${message}` } };
    };
    const called = once(bot.workflow, 'call');
    ada.says('message 1');
    await called;
    const lost = once(bot.discord, 'disconnected');
    const resumed = once(bot.discord, 'resumed');
    bot.discord.gateway.drop();
    await lost;
    ada.says('message 2');
    ada.says('message 3');
    thought.resolve();
    await resumed;
    await ada.hears(({ content }) => content === 'You said: message 3');
    await allDone();
    expect(contents(ada)).toEqual(answers(numbered(3)));
    expect(callsOf(ada)).toHaveLength(3);
  });

  it('shows that the bot is typing while the workflow thinks', async () => {
    const ada = bot.person();
    bot.workflow.answer = async () => {
      await once(bot.discord, 'typing');
      return { body: { output: 'That took a while.' } };
    };
    expect((await ada.asks('Hello')).content).toBe('That took a while.');
  });

  it('shows no typing for quick answers', async () => {
    const typed: boolean[] = [];
    for (const text of numbered(5)) {
      const ada = bot.person();
      await ada.asks(text);
      typed.push(bot.discord.requests.some(({ path }) => path === `/channels/${ada.channelId}/typing`));
    }
    // Not every one of them: a busy machine may make an answer slow.
    expect(typed).toContain(false);
  });

  it('delivers a long answer whole, in parts that each close and reopen the code block they cut', async () => {
    const ada = bot.person();
    const code = Array.from({ length: 150 }, (_, n) => `console.log('line number ${n} of the program');`);
    bot.workflow.answer = () => ({ body: { output: ['Here it is:', '```js', ...code, '```', 'Enjoy!'].join('\n') } });
    await ada.asks('Write me a program');
    await ada.hears(({ content }) => content.endsWith('Enjoy!'));
    const parts = contents(ada);
    expect(parts.length).toBeGreaterThan(3);
    for (const part of parts) {
      expect(part.length).toBeLessThanOrEqual(2_000);
      expect(part.match(/^```/gm)?.length).toBe(2);
    }
    const lines = parts.flatMap((part) => part.split('\n')).filter((line) => line.startsWith('console.log'));
    expect(lines).toEqual(code);
    await allDone();
    expect(await stored(ada)).toMatchObject([{ aiResponse: expect.stringMatching(/line number 149.*\n```\nEnjoy!$/) }]);
  });

  describe('on a disk that takes its time', () => {
    let disk: PromiseWithResolvers<void>;
    beforeEach(async () => {
      disk = Promise.withResolvers();
      const handle = await open('/dev/null');
      const prototype = Object.getPrototypeOf(handle);
      await handle.close();
      const real = prototype.datasync;
      vi.spyOn(prototype, 'datasync').mockImplementation(async function (this: unknown) {
        await disk.promise;
        await real.call(this);
      });
    });
    afterEach(() => {
      disk.resolve();
      vi.restoreAllMocks();
    });

    it('does not let the person wait, and lets go of the answer when the disk has it', async () => {
      expect((await bot.person().asks('Hello')).content).toBe('You said: Hello');
      await allDone();
      disk.resolve();
      await expect.poll(() => container.database.journal.depth('answer')).toBe(0);
      await expect(container.database.journal.read(undefined, 1)).resolves.toMatchObject({ entries: [] });
    });

    it('sends no answer that a kill of the bot would undo, however long it takes to write it', async () => {
      const order: string[] = [];
      const ada = bot.person();
      const handle = await open('/dev/null');
      const prototype = Object.getPrototypeOf(handle);
      await handle.close();
      const real = prototype.write;
      vi.spyOn(prototype, 'write').mockImplementation(async function (this: unknown, ...parameters: unknown[]) {
        // Longer than anything waits for a sync.
        await setTimeout(100);
        const result = await real.apply(this, parameters);
        if (String(parameters[0]).includes(ada.id)) order.push('written');
        return result;
      });
      await ada.asks('Hello');
      order.push('sent');
      expect(order).toEqual(['written', 'sent']);
    });

    it('sends nothing of an answer of several messages before it is kept: a crash between them would cut it', async () => {
      const ada = bot.person();
      bot.workflow.answer = ({ userId, message }) => ({
        body: { output: userId === ada.id ? 'word '.repeat(1_000) : `You said: ${message}` },
      });
      const answered = once(bot.workflow, 'answered');
      ada.says('Tell me a story');
      await answered;
      expect((await bot.person().asks('Hello')).content).toBe('You said: Hello');
      expect(contents(ada)).toEqual([]);
      disk.resolve();
      await allDone();
      expect(contents(ada)).toHaveLength(3);
    });
  });

  it('pings nobody, whatever the model writes', async () => {
    const ada = bot.person();
    const output = `@everyone @here <@${ada.id}> <@&1000000000000000100> !limits`;
    bot.workflow.answer = () => ({ body: { output } });
    const reply = await ada.asks('Hello');
    expect(reply).toMatchObject({ content: output, mention_everyone: false, mentions: [], mention_roles: [] });
    await allDone();
    expect(ada.heard).toHaveLength(1);
  });

  it('survives a person who blocks the bot, stores nothing as said, and serves the others', async () => {
    const ada = bot.person();
    ada.blocksBot = true;
    const before = errors().length;
    ada.says('Hello');
    ada.says('!limits');
    const grace = bot.person();
    expect((await grace.asks('Hello')).content).toBe('You said: Hello');
    await expect.poll(() => callsOf(ada).length).toBe(1);
    await allDone();
    expect(ada.heard).toEqual([]);
    expect(await stored(ada)).toEqual([]);
    expect(
      errors()
        .slice(before)
        .map(({ err }) => (err as { code: number }).code),
    ).toContain(50007);
    ada.blocksBot = false;
    expect((await ada.asks('Me again')).content).toBe('You said: Me again');
  });

  it('has nothing in hand at the end, and nobody in line', async () => {
    await allDone();
    expect(container.intake.inHand).toBe(0);
    const [row] = await container.database.query<{ n: number }>(
      'SELECT count(*)::int AS n FROM turns WHERE finished_at IS NULL',
    );
    expect(row?.n).toBe(0);
  });
});
