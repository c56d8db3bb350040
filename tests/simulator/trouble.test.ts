import { request } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DatabaseSwitch } from '../../src/simulator/DatabaseSwitch.ts';
import { DiscordSimulator } from '../../src/simulator/DiscordSimulator.ts';
import { MovableTime } from '../../src/simulator/MovableTime.ts';
import type { Insight, TurnStage } from '../../src/simulator/playground/Insight.ts';
import { Playground } from '../../src/simulator/playground/Playground.ts';
import type { Snapshot } from '../../src/simulator/playground/snapshot.ts';
import { StandInWorkflow } from '../../src/simulator/StandInWorkflow.ts';
import { readEvents } from '../support/readEvents.ts';

const ada = '200000000000000001';
const HOUR = 3_600_000;

/** A bot that says what a test has put into it. */
class ToldInsight implements Insight {
  inHand = 0;
  looks = 0;
  readonly moves: [from: number, to: number][] = [];
  results: Awaited<ReturnType<Insight['holdings']>> = { results: {}, failed: [] };
  #listener: ((stage: TurnStage) => void) | undefined;

  status = () => ({ database: 'connected' as const, writes: 0, inHand: this.inHand });
  holdings = async () => this.results;
  look = async () => {
    this.looks += 1;
  };
  moved = async (from: number, to: number) => {
    this.moves.push([from, to]);
  };
  onStage = (listener: (stage: TurnStage) => void) => {
    this.#listener = listener;
    return () => {
      this.#listener = undefined;
    };
  };
  tell(stage: Partial<TurnStage>): void {
    this.#listener?.({ turnId: '1', userId: ada, stage: 'claim', at: 5, duration: 2, ...stage });
  }
}

let discord: DiscordSimulator;
let workflow: StandInWorkflow;
let database: DatabaseSwitch;
let time: MovableTime;
let insight: ToldInsight;
let page: Playground;

beforeEach(async () => {
  time = new MovableTime();
  discord = await DiscordSimulator.start();
  discord.addUser({ id: ada, username: 'ada' });
  workflow = await StandInWorkflow.start();
  workflow.answer = () => ({ body: { output: 'Yes.' } });
  database = new DatabaseSwitch();
  insight = new ToldInsight();
  page = await Playground.start({ discord, workflow, port: 0, database, isEmbedded: true, time, insight });
});
afterEach(async () => {
  await page.stop();
  await workflow.stop();
  await discord.stop();
  time[Symbol.dispose]();
});

describe('trouble', () => {
  it('takes the database away and gives it back, and has the bot look at once', async () => {
    expect(database.beforeQuery).not.toThrow();
    expect(await post('/trouble', { database: 'down' })).toMatchObject([200, { database: 'down', workflow: 'normal' }]);
    expect(database.beforeQuery).toThrow(expect.objectContaining({ code: 'ECONNREFUSED' }));
    expect(insight.looks).toBe(1);
    await post('/trouble', { database: 'up' });
    expect(database.beforeQuery).not.toThrow();
  });

  it.each([
    ['failing', 500, '{"message":"Error in workflow"}'],
    ['empty', 200, ''],
    ['normal', 200, '{"output":"Yes."}'],
  ])('makes the workflow %s', async (mood, status, body) => {
    await post('/trouble', { workflow: mood });
    const response = await callWorkflow();
    expect([response.status, await response.text()]).toEqual([status, body]);
  });

  it('switches the workflow off, as if nothing ran there, and on again at the same address', async () => {
    const { url } = workflow;
    await post('/trouble', { workflow: 'off' });
    await post('/trouble', { workflow: 'off' });
    await expect(callWorkflow()).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } });
    await post('/trouble', { workflow: 'normal' });
    expect(workflow.url).toBe(url);
    expect((await callWorkflow()).status).toBe(200);
  });

  it('stops cleanly while the workflow is off', async () => {
    await post('/trouble', { workflow: 'off' });
    await workflow.stop();
    expect(workflow.isOn).toBe(false);
  });

  it('ends at once when everything is to be back to normal', async () => {
    await post('/trouble', { database: 'down', workflow: 'off' });
    await post('/mishaps', { kind: 'limit', userId: ada });
    expect((await stateOf()).situation.trouble).toEqual({ database: 'down', workflow: 'off', limits: 1 });
    expect(await post('/calm')).toEqual([200, { database: 'up', workflow: 'normal', limits: 0 }]);
    expect(await (await callWorkflow()).json()).toEqual({ output: 'Yes.' });
  });

  it('is shown to every open page, when it begins and when it is used up', async () => {
    const events = await readEvents(`${page.url}/events`);
    expect((await events.next('state')).situation).toMatchObject({
      trouble: { limits: 0 },
      ahead: 0,
      isEmbedded: true,
    });
    await post('/mishaps', { kind: 'limit', userId: ada });
    expect(await events.next('situation')).toMatchObject({ trouble: { limits: 1 } });
    const channel = discord.user(ada)?.channelId;
    const send = () => ask(`/v10/channels/${channel}/messages`);
    expect((await send()).status).toBe(429);
    expect(await events.next('situation')).toMatchObject({ trouble: { limits: 0 } });
    expect((await send()).status).toBe(200);
  });

  it('sends a person’s last message again, the same one', async () => {
    const nothing = await post('/mishaps', { kind: 'repeat', userId: ada });
    expect(nothing).toMatchObject([409, { message: expect.stringContaining('say something first') }]);
    const said = discord.user(ada)?.says('Once');
    const told: string[] = [];
    discord.on('message', ({ id }) => told.push(id));
    expect((await post('/mishaps', { kind: 'repeat', userId: ada }))[0]).toBe(200);
    expect(told).toEqual([said?.id]);
    expect(discord.user(ada)?.messages).toHaveLength(1);
  });

  it('cannot cut a connection that is not there', async () => {
    expect((await post('/mishaps', { kind: 'drop', userId: ada }))[0]).toBe(409);
  });

  it('refuses what it does not know, and what is missing here', async () => {
    for (const body of [{}, { database: 'gone' }, { workflow: 'odd' }, { token: 'down' }]) {
      expect((await post('/trouble', body))[0], JSON.stringify(body)).toBe(400);
    }
    expect((await post('/mishaps', { kind: 'fire', userId: ada }))[0]).toBe(400);
    await using bare = await Playground.start({ discord, workflow: undefined, port: 0 });
    for (const body of [{ database: 'down' }, { workflow: 'off' }]) {
      expect((await post('/trouble', body, {}, bare.url))[0]).toBe(409);
    }
    expect((await post('/clock', { hours: 24 }, {}, bare.url))[0]).toBe(409);
  });
});

describe('the clock', () => {
  it('moves everything forward, and what became due is done before the answer', async () => {
    const before = Date.now();
    expect(await post('/clock', { hours: 24 })).toEqual([200, { ahead: 24 * HOUR }]);
    expect(Date.now() - before).toBeGreaterThanOrEqual(24 * HOUR);
    const [[from, to] = [0, 0]] = insight.moves;
    expect(from).toBeGreaterThanOrEqual(before);
    expect(to - from).toBeGreaterThanOrEqual(24 * HOUR);
    const message = discord.user(ada)?.says('Good morning');
    expect(Date.parse(message?.timestamp ?? '') - before).toBeGreaterThanOrEqual(24 * HOUR);
    expect((await stateOf()).situation.ahead).toBe(24 * HOUR);
  });

  it('stands while the bot is at work, and moves by no other steps', async () => {
    insight.inHand = 1;
    expect(await post('/clock', { hours: 24 })).toMatchObject([409, { message: expect.stringContaining('at work') }]);
    insight.inHand = 0;
    for (const hours of [1, -24, 1e9, '24h']) expect((await post('/clock', { hours }))[0]).toBe(400);
    expect(time.ahead).toBe(0);
    expect(insight.moves).toEqual([]);
  });
});

describe('the inspector', () => {
  it('sorts what is kept of a person into tables, whichever plugin keeps it', async () => {
    insight.results = {
      results: {
        memory: { conversations: [{ userMessage: 'Hi' }, { userMessage: 'Ho' }] },
        mine: { stamps: Array.from({ length: 101 }, (_, number) => ({ number })), nothing: null },
        analytics: { statistics: { messages: [1, 2, 3], commands: [] } },
        ratelimit: { rateLimit: { remaining: 3 } },
      },
      failed: ['n8n-bridge'],
    };
    const { tables, failed } = (await (await fetch(`${page.url}/holdings/${ada}`)).json()) as {
      tables: { name: string; owner: string; count: number; rows: unknown[] }[];
      failed: string[];
    };
    expect(failed).toEqual(['n8n-bridge']);
    expect(tables.map(({ name, owner, count }) => `${owner}: ${name} ${count}`)).toEqual([
      'memory: conversations 2',
      'mine: stamps 101',
      'mine: nothing 0',
      'analytics: statistics: messages 3',
      'analytics: statistics: commands 0',
      'ratelimit: rateLimit 1',
    ]);
    expect(tables[1]?.rows).toHaveLength(100);
    expect(tables[1]?.rows.at(-1)).toEqual({ number: 100 });
  });

  it('knows nobody else, and has no tables while the database cannot be asked', async () => {
    expect((await fetch(`${page.url}/holdings/1`)).status).toBe(404);
    insight.results = undefined;
    expect(await (await fetch(`${page.url}/holdings/${ada}`)).json()).toEqual({ at: expect.any(Number), failed: [] });
  });

  it('shows a message’s way as it goes, and to pages that come later', async () => {
    const events = await readEvents(`${page.url}/events`);
    insight.tell({ stage: 'claim', outcome: 'mine' });
    insight.tell({ stage: 'turn', duration: 9, outcome: 'answered' });
    const claim = { stage: 'claim', at: 5, duration: 2, outcome: 'mine' };
    expect(await events.next('turn')).toEqual({ id: '1', userId: ada, stages: [claim] });
    const whole = { id: '1', userId: ada, stages: [claim], end: { at: 5, duration: 9, outcome: 'answered' } };
    expect(await events.next('turn')).toEqual(whole);
    expect((await stateOf()).turns).toEqual([whole]);
  });

  it('forgets the oldest ways above 200, and no way grows without end', async () => {
    for (let id = 0; id < 250; id += 1) insight.tell({ turnId: String(id) });
    for (let step = 0; step < 100; step += 1) insight.tell({ turnId: '249' });
    const { turns } = await stateOf();
    expect(turns.map(({ id }) => id)).toEqual(Array.from({ length: 200 }, (_, index) => String(index + 50)));
    expect(turns.at(-1)?.stages).toHaveLength(50);
  });
});

describe('a switch', () => {
  const routes = [
    ['/trouble', { database: 'down' }],
    ['/mishaps', { kind: 'limit', userId: ada }],
    ['/calm', {}],
    ['/clock', { hours: 24 }],
  ] as const;

  it.each(routes)('%s is out of reach for another page, another name and a form', async (path, body) => {
    database.isDown = path === '/calm';
    const before = (await stateOf()).situation;
    for (const origin of ['https://evil.example', 'null']) expect((await post(path, body, { origin }))[0]).toBe(403);
    expect(await statusWithHost(path, body, `evil.example:${new URL(page.url).port}`)).toBe(403);
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data']) {
      expect((await post(path, body, { 'content-type': type }))[0], type).toBe(415);
    }
    expect((await stateOf()).situation).toEqual(before);
    expect((await post(path, body, { origin: page.url }))[0]).toBe(200);
  });

  it('hands a person’s rows to no other name', async () => {
    expect(await statusWithHost(`/holdings/${ada}`, undefined, 'evil.example')).toBe(403);
  });
});

async function post(
  path: string,
  body: object = {},
  headers: Record<string, string> = {},
  url = page.url,
): Promise<[status: number, body: unknown]> {
  const response = await fetch(url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  return [response.status, await response.json()];
}

async function stateOf(): Promise<Snapshot> {
  return (await (await fetch(`${page.url}/state`)).json()) as Snapshot;
}

function callWorkflow(): Promise<Response> {
  const headers = { 'content-type': 'application/json' };
  return fetch(workflow.url, { method: 'POST', headers, body: JSON.stringify({ message: 'Are you there?' }) });
}

function ask(path: string): Promise<Response> {
  return fetch(discord.apiUrl + path, {
    method: 'POST',
    headers: { authorization: `Bot ${discord.token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ content: 'Hello' }),
  });
}

/** Asks with a Host header that `fetch` would not send. */
function statusWithHost(path: string, body: object | undefined, host: string): Promise<number | undefined> {
  const { hostname, port } = new URL(page.url);
  const headers = { host, ...(body && { 'content-type': 'application/json' }) };
  return new Promise((resolve, reject) => {
    const asked = request({ hostname, port, path, method: body ? 'POST' : 'GET', headers }, (response) => {
      resolve(response.statusCode);
      response.destroy();
    });
    asked.on('error', reject).end(body && JSON.stringify(body));
  });
}
