import { setTimeout as pause } from 'node:timers/promises';
import { container } from '@sapphire/framework';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { startTestBot, type TestBot } from '#testing';
import config from '../../../sapphire.config.ts';
import type { Later, Reply, Turn } from '../../../src/core/conversation/Turn.ts';
import { definePlugin } from '../../../src/core/definePlugin.ts';
import { JournalError } from '../../../src/core/journal/JournalError.ts';
import type { SimulatedUser } from '../../../src/simulator/SimulatedUser.ts';
import { wording } from '../../../src/wording.ts';
import { query } from '../../e2e/query.ts';

const patient: Later = { later: 20_000 };
/** How the one plugin that answers does so; each test says. */
let respond: (turn: Turn) => Promise<Reply | Later | undefined> = async () => patient;
const asked: Turn[] = [];
const later = definePlugin({
  name: 'later',
  conversation: {
    respond: async (turn) => {
      asked.push(turn);
      return respond(turn);
    },
  },
});

describe.skipIf(!inject('postgres'))('an answer that comes another way', () => {
  let bot: TestBot;
  beforeAll(async () => {
    bot = await startTestBot({
      config: { ...config, plugins: [later, ...config.plugins] },
      environment: { RATE_LIMIT_MAX: '1000' },
    });
  });
  afterAll(() => bot?.[Symbol.asyncDispose]());
  afterEach(async () => {
    await container.intake.drain(10_000);
    vi.restoreAllMocks();
    respond = async () => patient;
    asked.length = 0;
    bot.discord.faults.reset();
  });

  /** What the person said, when the plugin has been asked for the answer. */
  async function ask(person: SimulatedUser, text: string) {
    const { id } = person.says(text);
    await expect.poll(() => asked.some((turn) => turn.id === id)).toBe(true);
    return { turnId: id, channelId: person.channelId, userId: person.id };
  }
  const take = (turn: { turnId: string; channelId: string; userId: string }, text: string) =>
    container.conversation.answerLater(turn, { text, tokens: 7 });
  const allDone = () => container.intake.drain(10_000);
  const contents = ({ heard }: SimulatedUser) => heard.map(({ content }) => content);
  const questionOf = ({ heard }: SimulatedUser, content: string) =>
    heard.find((message) => message.content === content)?.message_reference?.message_id;
  const remembered = async ({ id }: SimulatedUser) =>
    (await container.conversations.getRecentMessages(id, 100)).map(({ aiResponse }) => aiResponse);
  const counted = ({ id }: SimulatedUser) =>
    query<{ tokens: number | null }>(
      bot.environment,
      'SELECT tokens FROM message_stats JOIN users ON users.id = user_id WHERE discord_id = $1',
      [id],
    );
  /** The turn, when the person has been told that it takes longer. */
  async function askInVain(person: SimulatedUser, text: string) {
    respond = async () => ({ later: 50 });
    const turn = await ask(person, text);
    await person.hears(({ content }) => content === wording.stillWorking());
    await allDone();
    return turn;
  }

  it('in time is the answer like any other', async () => {
    const ada = bot.person();
    const turn = await ask(ada, 'Hello');
    expect(contents(ada)).toEqual([]);
    expect(await take(turn, 'Later')).toBe('taken');
    await allDone();
    expect(contents(ada)).toEqual(['Later']);
    expect(questionOf(ada, 'Later')).toBe(turn.turnId);
    expect(await remembered(ada)).toEqual(['Later']);
    expect(await counted(ada)).toEqual([{ tokens: 7 }]);
    expect(container.database.journal.depth('callback')).toBe(0);
  });

  it('is taken once, whether the other one comes while it is said or when it was said', async () => {
    const ada = bot.person();
    const turn = await ask(ada, 'Hello');
    const both = await Promise.all([take(turn, 'one'), take(turn, 'two')]);
    expect(both).toEqual(['taken', 'answered']);
    expect(await take(turn, 'three')).toBe('answered');
    await allDone();
    expect(await take(turn, 'four')).toBe('answered');
    await allDone();
    expect(contents(ada)).toEqual(['one']);
    expect(await remembered(ada)).toEqual(['one']);
  });

  it('may come before the plugin has said that it comes later', async () => {
    const ada = bot.person();
    const said = Promise.withResolvers<Later>();
    respond = () => said.promise;
    const turn = await ask(ada, 'Hello');
    expect(await take(turn, 'early')).toBe('taken');
    await ada.hears(({ content }) => content === 'early');
    said.resolve(patient);
    await allDone();
    expect(contents(ada)).toEqual(['early']);
  });

  it.each([
    ['fails', async () => Promise.reject<Reply>(new Error('too late'))],
    ['answers', async () => ({ text: 'just too late' })],
  ] as const)('is given when the plugin %s while it is being kept', async (_, end) => {
    const ada = bot.person();
    const keeping = Promise.withResolvers<void>();
    respond = () => keeping.promise.then(end);
    const turn = await ask(ada, 'Hello');
    const { journal } = container.database;
    const append = journal.append.bind(journal);
    vi.spyOn(journal, 'append').mockImplementationOnce(async (...parameters) => {
      keeping.resolve();
      await new Promise(setImmediate);
      return append(...parameters);
    });
    expect(await take(turn, 'just in time')).toBe('taken');
    await allDone();
    expect(contents(ada)).toEqual(['just in time']);
    expect(await remembered(ada)).toEqual(['just in time']);
  });

  it('does not help a turn that had the apology or a plain answer', async () => {
    const ada = bot.person();
    respond = async () => Promise.reject(new Error('a bug'));
    const failed = await ask(ada, 'Hello');
    await ada.hears();
    expect(await take(failed, 'afterwards')).toBe('answered');
    respond = async () => ({ text: 'plain' });
    const answered = await ask(ada, 'Hello again');
    await allDone();
    expect(await take(answered, 'afterwards')).toBe('answered');
    expect(contents(ada)).toEqual([wording.apology(), 'plain']);
  });

  it('keeps the next message waiting, so that answers come in order', async () => {
    const ada = bot.person();
    const first = await ask(ada, 'first');
    const { id } = ada.says('second');
    // Time enough for the second one, if anything let it begin.
    respond = async () => ({ text: 'at once' });
    for (const text of ['a', 'b']) await bot.person().asks(text);
    expect(asked.map((turn) => turn.id)).not.toContain(id);
    await take(first, 'Later');
    await allDone();
    expect(contents(ada)).toEqual(['Later', 'at once']);
  });

  it('too late is announced once, follows the question under a label, and is remembered without it', async () => {
    const ada = bot.person();
    const turn = await askInVain(ada, 'Hello');
    expect(contents(ada)).toEqual([wording.stillWorking()]);
    expect(questionOf(ada, wording.stillWorking())).toBeUndefined();
    expect(await remembered(ada)).toEqual([]);
    expect(await counted(ada)).toEqual([{ tokens: null }]);
    expect(await take(turn, 'finally')).toBe('taken');
    expect(await take(turn, 'once more')).toBe('answered');
    await allDone();
    expect(await take(turn, 'once more')).toBe('answered');
    expect(contents(ada)).toEqual([wording.stillWorking(), wording.lateAnswer('finally')]);
    expect(questionOf(ada, wording.lateAnswer('finally'))).toBe(turn.turnId);
    expect(await remembered(ada)).toEqual(['finally']);
    expect(await counted(ada)).toHaveLength(1);
    expect(container.database.journal.depth('callback')).toBe(0);
  });

  it('too late and long comes whole', async () => {
    const ada = bot.person();
    const turn = await askInVain(ada, 'Hello');
    const text = Array.from({ length: 500 }, (_, index) => `word ${index}`).join('\n');
    await take(turn, text);
    await allDone();
    expect(contents(ada).slice(1).join('\n')).toBe(wording.lateAnswer(text));
    expect(await remembered(ada)).toEqual([text]);
  });

  it('too late comes behind the message that is being answered', async () => {
    const ada = bot.person();
    const turn = await askInVain(ada, 'first');
    respond = async () => patient;
    const next = await ask(ada, 'second');
    expect(await take(turn, 'to the first')).toBe('taken');
    expect(await take(next, 'to the second')).toBe('taken');
    await allDone();
    expect(contents(ada).slice(1)).toEqual(['to the second', wording.lateAnswer('to the first')]);
  });

  it('is not taken when its message was deleted, or is more than a day old', async () => {
    const ada = bot.person();
    const turn = await askInVain(ada, 'Hello');
    ada.deletes(turn.turnId);
    expect(await take(turn, 'finally')).toBe('gone');
    const old = String((BigInt(Date.now() - 25 * 3_600_000) - 1_420_070_400_000n) << 22n);
    expect(await take({ ...turn, turnId: old }, 'finally')).toBe('gone');
    await allDone();
    expect(contents(ada)).toEqual([wording.stillWorking()]);
  });

  it('nobody is told to wait for an answer to a message that was deleted meanwhile', async () => {
    const ada = bot.person();
    respond = async () => ({ later: 300 });
    const { turnId } = await ask(ada, 'Hello');
    ada.deletes(turnId);
    await allDone();
    expect(contents(ada)).toEqual([]);
  });

  it('does not come back into memory when that was erased meanwhile', async () => {
    const [ada, grace] = [bot.person(), bot.person()];
    const late = await askInVain(grace, 'my diagnosis');
    respond = async () => patient;
    const waiting = await ask(ada, 'my diagnosis');
    for (const person of [ada, grace]) expect((await person.asks('!flushmemory')).content).toMatch(/^I forgot/);
    for (const turn of [waiting, late]) expect(await take(turn, 'It is nothing')).toBe('taken');
    await allDone();
    expect(contents(ada)).toContain('It is nothing');
    expect(contents(grace)).toContain(wording.lateAnswer('It is nothing'));
    for (const person of [ada, grace]) expect(await remembered(person)).toEqual([]);
    const rows = await query(bot.environment, "SELECT FROM conversations WHERE ai_response = 'It is nothing'");
    expect(rows).toEqual([]);
  });

  it('waits for a Discord that is away', async () => {
    const ada = bot.person();
    const turn = await askInVain(ada, 'Hello');
    // discord.js itself asks four times: twice in vain here, once at the question whether there is an answer.
    bot.discord.faults.failNext({ path: /\/messages/, status: 502, times: 9 });
    expect(await take(turn, 'finally')).toBe('taken');
    expect(container.database.journal.depth('callback')).toBe(1);
    await ada.hears(({ content }) => content === wording.lateAnswer('finally'), 25_000);
    await allDone();
    expect(contents(ada)).toHaveLength(2);
    expect(await remembered(ada)).toEqual(['finally']);
  });

  it('stays kept until it is said when it comes while the person is told that it takes longer', async () => {
    const ada = bot.person();
    const before = bot.log.length;
    const said = (text: string) => () => bot.log.slice(before).some(({ msg }) => String(msg).startsWith(text));
    respond = async () => ({ later: 50 });
    const turn = await ask(ada, 'Hello');
    bot.discord.faults.failNext({ method: 'POST', path: /\/messages$/, status: 502, times: 4 });
    await expect.poll(said('No answer came in time'), { interval: 5 }).toBe(true);
    expect(await take(turn, 'finally')).toBe('taken');
    bot.discord.faults.failNext({ method: 'GET', path: /\/messages/, status: 502, times: 4 });
    await expect.poll(said('An answer that came late could not be delivered yet'), { timeout: 20_000 }).toBe(true);
    expect(contents(ada)).toEqual([wording.stillWorking()]);
    // A crash at this moment loses nothing.
    expect(container.database.journal.depth('callback')).toBe(1);
    await ada.hears(({ content }) => content === wording.lateAnswer('finally'), 20_000);
    await allDone();
    expect(contents(ada)).toHaveLength(2);
    expect(container.database.journal.depth('callback')).toBe(0);
  }, 60_000);

  it('does not interrupt another bot that is writing the answer just now', async () => {
    const ada = bot.person();
    const turn = await askInVain(ada, 'Hello');
    const path = `/channels/${ada.channelId}/messages` as const;
    const { rest } = container.client;
    const draft = { content: 'Once', flags: 4, message_reference: { message_id: turn.turnId } };
    const { id } = (await rest.post(path, { body: draft })) as { id: string };
    expect(await take(turn, 'finally')).toBe('taken');
    const isDelivering = () =>
      bot.log.some(({ msg, turnId }) => turnId === turn.turnId && /came late/.test(String(msg)));
    await expect.poll(isDelivering).toBe(true);
    await pause(1_500);
    expect(contents(ada)).toEqual([wording.stillWorking(), 'Once']);
    await rest.patch(`${path}/${id}`, { body: { content: 'Once upon a time.', flags: 0 } });
    await allDone();
    expect(contents(ada)).toEqual([wording.stillWorking(), 'Once upon a time.']);
    // Who wrote it records it.
    expect(await remembered(ada)).toEqual([]);
  });

  it('does not come back into memory either when its question is older than clocks may differ', async () => {
    const ada = bot.person();
    respond = async () => ({ later: 50 });
    const id = String((BigInt(Date.now() - 20 * 60_000) - 1_420_070_400_000n) << 22n);
    ada.says('my diagnosis', { id });
    await ada.hears(({ content }) => content === wording.stillWorking());
    expect((await ada.asks('!flushmemory')).content).toMatch(/^I forgot/);
    expect(await take({ turnId: id, channelId: ada.channelId, userId: ada.id }, 'It is nothing')).toBe('taken');
    await ada.hears(({ content }) => content === wording.lateAnswer('It is nothing'));
    await allDone();
    expect(await remembered(ada)).toEqual([]);
  });

  it('that was taken blindly is not said when the answer stands there already', async () => {
    const ada = bot.person();
    respond = async () => ({ text: 'plain' });
    const turn = await ask(ada, 'Hello');
    await allDone();
    bot.discord.faults.failNext({ method: 'GET', path: /\/messages/, status: 502, times: 4 });
    expect(await take(turn, 'once more')).toBe('taken');
    await allDone();
    // Nor tried to be: Discord knows the nonce of the answer for minutes only.
    expect(bot.log.filter(({ turnId }) => turnId === turn.turnId).map(({ msg }) => msg)).not.toContain(
      'An answer that came late is delivered.',
    );
    expect(contents(ada)).toEqual(['plain']);
    expect(await remembered(ada)).toEqual(['plain']);
    expect(container.database.journal.depth('callback')).toBe(0);
  });

  it('to a message whose turn has not begun is its answer, and nobody is asked for another', async () => {
    const ada = bot.person();
    const first = await ask(ada, 'first');
    // As after a restart, when an earlier run had asked for it.
    const { id } = ada.says('second');
    await expect.poll(() => container.intake.hasTaken(id)).toBe(true);
    const second = { ...first, turnId: id };
    expect(await take(second, 'to the second')).toBe('taken');
    expect(await take(second, 'once more')).toBe('answered');
    expect(await take(first, 'to the first')).toBe('taken');
    await allDone();
    expect(contents(ada)).toEqual(['to the first', 'to the second']);
    expect(asked.map((turn) => turn.text)).toEqual(['first']);
    expect(await remembered(ada)).toEqual(['to the first', 'to the second']);
    expect(container.database.journal.depth('callback')).toBe(0);
  });

  it('is not tried for ever where Discord refuses it', async () => {
    const ada = bot.person();
    const turn = await askInVain(ada, 'Hello');
    ada.blocksBot = true;
    expect(await take(turn, 'finally')).toBe('taken');
    await allDone();
    expect(contents(ada)).toEqual([wording.stillWorking()]);
    expect(await remembered(ada)).toEqual([]);
    expect(container.database.journal.depth('callback')).toBe(0);
  });

  it('is refused when it can be kept nowhere, unless its turn waits, which the ledger keeps', async () => {
    const ada = bot.person();
    const late = await askInVain(ada, 'Hello');
    respond = async () => patient;
    const waiting = await ask(ada, 'Hello again');
    const { journal } = container.database;
    vi.spyOn(journal, 'append').mockRejectedValue(new JournalError('JournalFull', 'The journal is full.'));
    expect(await take(late, 'finally')).toBe('refused');
    expect(await take(waiting, 'Later')).toBe('taken');
    await ada.hears(({ content }) => content === 'Later');
    vi.restoreAllMocks();
    expect(await take(late, 'finally')).toBe('taken');
    await allDone();
    expect(contents(ada)).toEqual([wording.stillWorking(), 'Later', wording.lateAnswer('finally')]);
  });

  it('is not mistaken for one by a notice, a command or something else that the bot says', async () => {
    const ada = bot.person();
    const turn = await ask(ada, 'Hello');
    await ada.asks('!limits');
    expect(await take(turn, 'Later')).toBe('taken');
    await allDone();
    expect(contents(ada).at(-1)).toBe('Later');
  });
});
