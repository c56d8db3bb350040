import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { startTestBot, type TestBot } from '#testing';
import type { StandInWorkflow, WorkflowCall } from '../../src/simulator/StandInWorkflow.ts';
import { PostgresServer } from '../../src/testing/postgres/PostgresServer.ts';
import { wording } from '../../src/wording.ts';
import type { BotProcess } from '../support/startProcess.ts';
import { untilDatabaseIs } from './http.ts';
import { query } from './query.ts';
import { makeSurroundings } from './surroundings.ts';

const PUBLIC_URL = 'https://bot.invalid/steward/';
const accepts: StandInWorkflow['answer'] = () => ({ status: 202, body: { accepted: true } });

/** What the workflow sends later, to a bot at this address, which a proxy would lead it to. */
function post(address: unknown, { body }: WorkflowCall, output: string): Promise<Response> {
  const path = body.callbackUrl?.replace(PUBLIC_URL, '/');
  return fetch(`${address}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ output, tokens: 7 }),
  });
}
const callBack = async (bot: BotProcess, call: WorkflowCall, output: string) => {
  const response = await post(await bot.url(), call, output);
  return { status: response.status, ...((await response.json()) as object) };
};
const taken = { status: 'taken' };
const answered = { status: 409, error: 'The turn has its answer: each is answered once.' };

const exchangesIn = ({ environment }: Pick<TestBot, 'environment'>) =>
  query(environment, 'SELECT user_message AS asked, ai_response AS answered FROM conversations ORDER BY id');
const statisticsIn = ({ environment }: Pick<TestBot, 'environment'>) =>
  query(environment, 'SELECT tokens FROM message_stats');
const unfinishedIn = ({ environment }: Pick<TestBot, 'environment'>) =>
  query(environment, 'SELECT FROM turns WHERE finished_at IS NULL');
const untilAllIsFinished = (around: Pick<TestBot, 'environment'>) =>
  expect.poll(() => unfinishedIn(around), { timeout: 20_000 }).toEqual([]);

// Each test starts several processes.
describe.skipIf(!inject('postgres'))('an answer by callback', { timeout: 90_000 }, () => {
  it('is given once, also after a restart', async () => {
    await using around = await makeSurroundings();
    around.workflow.answer = accepts;
    const bot = await around.start({ PUBLIC_URL });
    await bot.ready();
    const ada = around.discord.addUser({ username: 'ada' });
    const { id } = ada.says('Something that takes long');
    const call = await around.workflow.nextCall();
    expect(await callBack(bot, call, 'That took long')).toEqual(taken);
    expect(await callBack(bot, call, 'That took longer')).toEqual(answered);
    expect((await ada.hears()).message_reference?.message_id).toBe(id);
    await untilAllIsFinished(around);
    expect(await callBack(bot, call, 'That took longer')).toEqual(answered);
    expect(await bot.stop()).toBe(0);

    const restarted = await around.start({ PUBLIC_URL, DATA_DIR: bot.dataDir });
    await restarted.ready();
    expect(await callBack(restarted, call, 'That took longer')).toEqual(answered);
    expect(await restarted.stop()).toBe(0);
    expect(ada.heard.map(({ content }) => content)).toEqual(['That took long']);
    expect(await exchangesIn(around)).toEqual([{ asked: 'Something that takes long', answered: 'That took long' }]);
    expect(await statisticsIn(around)).toEqual([{ tokens: 7 }]);
  });

  it('may come to another bot than the one that waits, which then waits no more and records nothing', async () => {
    await using around = await makeSurroundings();
    const waiting = await around.start({ PUBLIC_URL });
    await waiting.ready();
    const ada = around.discord.addUser({ username: 'ada' });
    await ada.asks('Hello');
    await around.workflow.nextCall();
    const other = await around.start({ PUBLIC_URL });
    await other.ready();
    around.workflow.answer = accepts;
    const { id } = ada.says('Something that takes long');
    const call = await around.workflow.nextCall();
    // In the person's line behind the one that waits.
    ada.says('And that?');
    expect(await callBack(other, call, 'That took long')).toEqual(taken);
    const answer = await ada.hears();
    expect(answer).toMatchObject({ content: 'That took long', message_reference: { message_id: id } });
    const next = await around.workflow.nextCall();
    expect(next.body).toMatchObject({ message: 'And that?' });
    expect(next.body.conversationContext.at(-1)).toMatchObject({ aiResponse: 'That took long' });
    expect(await callBack(waiting, call, 'That took longer')).toEqual(answered);
    expect(await callBack(waiting, next, 'No')).toEqual(taken);
    await untilAllIsFinished(around);
    expect(await waiting.stop()).toBe(0);
    expect(await other.stop()).toBe(0);
    expect(ada.heard.map(({ content }) => content)).toEqual(['You said: Hello', 'That took long', 'No']);
    expect(await exchangesIn(around)).toMatchObject([{}, { answered: 'That took long' }, { answered: 'No' }]);
    expect(await statisticsIn(around)).toHaveLength(3);
    expect(waiting.log.filter(({ level }) => level === 'error')).toEqual([]);
  });

  it('is asked for again when the bot is killed while it waits; the token of the first call is still good', async () => {
    await using around = await makeSurroundings();
    around.workflow.answer = accepts;
    const bot = await around.start({ PUBLIC_URL });
    await bot.ready();
    const ada = around.discord.addUser({ username: 'ada' });
    ada.says('Something that takes long');
    const first = await around.workflow.nextCall();
    await bot.stop('SIGKILL');
    const restarted = await around.start({ PUBLIC_URL, DATA_DIR: bot.dataDir });
    await restarted.ready();
    const second = await around.workflow.nextCall();
    expect(second.body).toMatchObject({ turnId: first.body.turnId, callbackUrl: first.body.callbackUrl });
    expect(await callBack(restarted, first, 'That took long')).toEqual(taken);
    await ada.hears();
    expect(await callBack(restarted, second, 'That took longer')).toEqual(answered);
    await untilAllIsFinished(around);
    expect(await restarted.stop()).toBe(0);
    expect(ada.heard.map(({ content }) => content)).toEqual(['That took long']);
    expect(await exchangesIn(around)).toHaveLength(1);
  });

  it.each([
    ['in time', '20000', 'That took long', 0],
    ['too late', '2000', wording.lateAnswer('That took long'), 1],
  ])('that was taken %s is delivered after a kill, once, and not asked for again', async (_, time, content, told) => {
    await using around = await makeSurroundings();
    const { discord, workflow } = around;
    workflow.answer = accepts;
    const variables = { PUBLIC_URL, N8N_TIMEOUT_MS: time };
    const bot = await around.start(variables);
    await bot.ready();
    const ada = discord.addUser({ username: 'ada' });
    const { id } = ada.says('Something that takes long');
    const call = await workflow.nextCall();
    if (told) {
      expect((await ada.hears()).content).toBe(wording.stillWorking());
      await untilAllIsFinished(around);
    }
    discord.faults.failNext({ method: 'POST', path: /\/messages$/, status: 502, times: 1_000 });
    expect(await callBack(bot, call, 'That took long')).toEqual(taken);
    await bot.stop('SIGKILL');
    discord.faults.reset();
    expect(ada.heard).toHaveLength(told);

    const restarted = await around.start({ ...variables, DATA_DIR: bot.dataDir });
    await restarted.ready();
    expect(await ada.hears()).toMatchObject({ content, message_reference: { message_id: id } });
    expect(await callBack(restarted, call, 'That took longer')).toEqual(answered);
    await untilAllIsFinished(around);
    expect(await restarted.stop()).toBe(0);
    expect(ada.heard).toHaveLength(told + 1);
    expect(await exchangesIn(around)).toEqual([{ asked: 'Something that takes long', answered: 'That took long' }]);
    expect(await statisticsIn(around)).toHaveLength(1);
    expect(workflow.calls).toHaveLength(1);
  });

  it('is taken while the bot stops, which leaves nobody waiting', async () => {
    await using around = await makeSurroundings();
    around.workflow.answer = accepts;
    const bot = await around.start({ PUBLIC_URL });
    await bot.ready();
    const ada = around.discord.addUser({ username: 'ada' });
    ada.says('Something that takes long');
    const call = await around.workflow.nextCall();
    const url = await bot.url();
    bot.signal('SIGTERM');
    await bot.line(/"state":"closed"|Steward is ready/);
    expect((await post(url, call, 'That took long')).status).toBe(200);
    expect(await bot.ended).toBe(0);
    expect(ada.heard.map(({ content }) => content)).toEqual(['That took long']);
    expect(await unfinishedIn(around)).toEqual([]);
  });

  it('does not keep the bot from stopping; the next run asks for it again', async () => {
    await using around = await makeSurroundings();
    around.workflow.answer = accepts;
    const bot = await around.start({ PUBLIC_URL });
    await bot.ready();
    const ada = around.discord.addUser({ username: 'ada' });
    ada.says('Something that takes long');
    const first = await around.workflow.nextCall();
    ada.says('And that?');
    expect(await bot.stop()).toBe(0);
    expect(ada.heard).toEqual([]);
    expect(around.workflow.calls).toHaveLength(1);

    around.workflow.answer = ({ message }) => ({ body: { output: `You said: ${message}` } });
    const restarted = await around.start({ PUBLIC_URL, DATA_DIR: bot.dataDir });
    await restarted.ready();
    expect((await ada.hears()).content).toBe('You said: Something that takes long');
    expect((await ada.hears()).content).toBe('You said: And that?');
    expect(around.workflow.calls.map(({ body }) => body.turnId)[1]).toBe(first.body.turnId);
    expect(await restarted.stop()).toBe(0);
  });

  it('shows in no log, and its token neither', async () => {
    await using around = await makeSurroundings();
    around.workflow.answer = accepts;
    const bot = await around.start({ PUBLIC_URL, LOG_LEVEL: 'trace', N8N_TIMEOUT_MS: '300' });
    await bot.ready();
    const ada = around.discord.addUser({ username: 'ada' });
    ada.says('my-secret-question');
    const call = await around.workflow.nextCall();
    await ada.hears();
    const token = String(new URL(String(call.body.callbackUrl)).searchParams.get('token'));
    const wrong = { ...call, body: { ...call.body, callbackUrl: call.body.callbackUrl?.slice(0, -1) } } as WorkflowCall;
    expect(await callBack(bot, wrong, 'my-secret-forgery')).toMatchObject({ status: 401 });
    expect(await callBack(bot, call, '')).toMatchObject({ status: 422 });
    expect(await callBack(bot, call, 'my-secret-answer')).toEqual(taken);
    expect((await ada.hears()).content).toContain('my-secret-answer');
    expect(await callBack(bot, call, 'my-secret-second-answer')).toEqual(answered);
    expect(await bot.stop()).toBe(0);
    const everything = [...bot.stdout, ...bot.stderr].join('\n');
    expect(everything).not.toContain('my-secret');
    expect(everything).not.toContain(token.slice(-43));
    expect(everything).not.toContain('bot.invalid');
  });
});

describe.skipIf(!inject('postgres'))('an answer by callback while the database is away', () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await PostgresServer.start();
  });
  afterAll(() => server?.[Symbol.asyncDispose]());

  it('is given, in time and too late, and recorded when the database is back', async () => {
    const database = await server.createDatabase();
    const environment = { ...server.environment(database), PUBLIC_URL, N8N_TIMEOUT_MS: '4000' };
    await using bot = await startTestBot({ environment });
    const url = bot.log.findLast((line) => line.msg === 'The health check listens.')?.address;
    bot.workflow.answer = accepts;
    const [ada, grace] = [bot.person('ada'), bot.person('grace')];
    ada.says('Something that takes too long');
    const late = await bot.workflow.nextCall();
    await ada.hears();
    await untilAllIsFinished(bot);
    grace.says('Something that takes long');
    const waiting = await bot.workflow.nextCall();
    await server.stop();
    for (const call of [late, waiting]) expect((await post(url, call, 'At last')).status).toBe(200);
    for (const person of [ada, grace]) expect((await person.hears()).content).toContain('At last');
    for (const call of [late, waiting]) expect((await post(url, call, 'Once more')).status).toBe(409);
    await server.restart();
    await untilDatabaseIs(bot, 'connected');
    await expect
      .poll(() => exchangesIn(bot), { timeout: 20_000 })
      .toMatchObject([{ answered: 'At last' }, { answered: 'At last' }]);
    expect(await unfinishedIn(bot)).toEqual([]);
    expect(ada.heard.map(({ content }) => content)).toEqual([wording.stillWorking(), wording.lateAnswer('At last')]);
    expect(grace.heard.map(({ content }) => content)).toEqual(['At last']);
  });
});
