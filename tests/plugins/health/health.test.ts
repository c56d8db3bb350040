import { readFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { container } from '@sapphire/framework';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestBot, type TestBot } from '#testing';
import config from '../../../sapphire.config.ts';
import { type StageEvent, turnChannel } from '../../../src/core/conversation/stages.ts';
import { readConfiguration } from '../../../src/core/createBot.ts';
import { definePlugin } from '../../../src/core/definePlugin.ts';

const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
const token = 'a-token-that-is-marked-0';
const task = 'removeOldTurns';
const words = 'my-words-that-are-marked';
const secrets = {
  METRICS_TOKEN: token,
  N8N_SIGNING_SECRET: `whsec_${Buffer.from('a signing secret, marked').toString('base64')}`,
  N8N_AUTH_HEADER_NAME: 'x-steward',
  N8N_AUTH_HEADER_VALUE: 'a-header-that-is-marked',
};
/** What fails to start, and says too much of it. */
const talkative = definePlugin({
  name: 'talkative',
  start: () => {
    throw new Error(`ada:${secrets.N8N_AUTH_HEADER_VALUE}@example.com does not answer`);
  },
});

let bot: TestBot;
let url: string;
const stages: StageEvent[] = [];
const note = (message: unknown): void => void stages.push(message as StageEvent);
/** Whose message is which. */
const ids: Record<string, string> = {};
const bearer = (value: string) => ({ headers: { authorization: `Bearer ${value}` } });
const metrics = async (): Promise<string> => (await fetch(`${url}/metrics`, bearer(token))).text();

beforeAll(async () => {
  bot = await startTestBot({
    config: { ...config, plugins: [...config.plugins, talkative] },
    environment: { ...secrets, RATE_LIMIT_MAX: '2', PUBLIC_URL: 'http://127.0.0.1:3000', N8N_TIMEOUT_MS: '2000' },
  });
  url = String(bot.log.find(({ msg }) => msg === 'The health check listens.')?.address);
  turnChannel.subscribe(note);
  const say = async (name: string, text: string): Promise<void> => {
    const said = await (name === 'admin' ? bot.admin() : bot.user(`marked-${name}`)).says(text);
    ids[text] = String(said.message?.id);
  };
  await say('ada', `Hello, ${words}`);
  bot.workflow.answer = () => ({ status: 500, body: { message: words } });
  await say('ada', `Fail, ${words}`);
  await say('ada', `Too much, ${words}`);
  await say('admin', '!help');
  await say('admin', '!warn');
  await say('grace', `!${words}`);
  let callback = '';
  bot.workflow.answer = ({ callbackUrl }) => {
    callback = String(callbackUrl);
    return { status: 202 };
  };
  await say('grace', `Later, ${words}`);
  const late = bot.user('marked-grace').hears();
  const ofBot = new URL(callback);
  await fetch(`${url}${ofBot.pathname}${ofBot.search}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ output: words }),
  });
  await late;
  bot.workflow.answer = () => ({ body: { output: words } });
  bot.discord.faults.failNext({ status: 403, path: /messages/, method: 'POST' });
  await say('linus', `Undelivered, ${words}`);
  await container.intake.drain(10_000);
  await bot.runTask(task);
});
afterAll(async () => {
  turnChannel.unsubscribe(note);
  await bot?.[Symbol.asyncDispose]();
});

describe('the stages of a turn', () => {
  const of = (text: string) => stages.filter(({ turnId }) => turnId === ids[text]);

  it('are told one by one, the whole turn last', () => {
    const told = of(`Hello, ${words}`);
    expect(told.map(({ stage, outcome }) => `${stage}: ${outcome}`).toSorted()).toEqual([
      'admit: admitted',
      'claim: mine',
      'deliver: said',
      'recall: done',
      'record: done',
      'respond: answered',
      'turn: answered',
    ]);
    expect([told[0]?.stage, told.at(-1)?.stage]).toEqual(['claim', 'turn']);
    const turn = told.at(-1) as StageEvent;
    for (const { userId, at, duration } of told) {
      expect(userId).toBe(bot.user('marked-ada').id);
      expect(at).toBeGreaterThanOrEqual(turn.at);
      expect(duration).toBeLessThanOrEqual(turn.duration);
    }
  });

  it.each([
    [`Fail, ${words}`, 'apologised', undefined, ['claim', 'admit', 'recall', 'respond', 'deliver', 'record', 'turn']],
    [`Too much, ${words}`, 'refused', 'RateLimited', ['claim', 'admit', 'deliver', 'turn']],
    [
      `Undelivered, ${words}`,
      'undelivered',
      undefined,
      ['claim', 'admit', 'recall', 'respond', 'deliver', 'record', 'turn'],
    ],
    [`!${words}`, 'hint', undefined, ['claim', 'admit', 'deliver', 'turn']],
    ['!help', 'command', undefined, ['claim', 'turn']],
    ['!warn', 'command', undefined, ['claim', 'turn']],
  ])('end with what became of it: %s', (text, outcome, reason, passed) => {
    const told = of(text);
    expect(told.at(-1)).toMatchObject({ stage: 'turn', outcome, ...(reason === undefined ? {} : { reason }) });
    expect(new Set(told.map(({ stage }) => stage).filter((stage) => passed.includes(stage)))).toEqual(new Set(passed));
  });

  it('tell of an answer that came later twice: when the person was put off, and when it was said', () => {
    const told = of(`Later, ${words}`).filter(({ stage }) => stage === 'turn' || stage === 'respond');
    expect(told.map(({ stage, outcome }) => `${stage}: ${outcome}`)).toEqual([
      'respond: overdue',
      'turn: to come later',
      'turn: answered late',
    ]);
  });

  it('quote nobody', () => {
    expect(JSON.stringify(stages)).not.toContain('marked');
  });
});

describe('GET /metrics', () => {
  it.each([
    'steward_turns_total{outcome="answered"} 1',
    'steward_turns_total{outcome="apologised"} 1',
    'steward_turns_total{outcome="refused"} 1',
    'steward_turns_total{outcome="command"} 2',
    'steward_turns_total{outcome="hint"} 1',
    'steward_turns_total{outcome="to come later"} 1',
    'steward_turns_total{outcome="answered late"} 1',
    'steward_turns_total{outcome="undelivered"} 1',
    'steward_turns_total{outcome="failed"} 0',
    'steward_turn_refusals_total{identifier="RateLimited"} 1',
    'steward_turn_duration_seconds_count 6',
    'steward_turn_stage_duration_seconds_count{stage="claim"} 8',
    'steward_turn_stage_duration_seconds_count{stage="respond"} 4',
    'steward_turns_in_hand 0',
    'steward_rate_limit_refusals_total{kind="chat"} 1',
    'steward_rate_limit_refusals_total{kind="command"} 0',
    'steward_commands_total{command="help",outcome="success"} 1',
    'steward_commands_total{command="warn",outcome="refused"} 1',
    `steward_scheduled_task_runs_total{task="${task}",outcome="success"} 1`,
    `steward_scheduled_task_duration_seconds_count{task="${task}"} 1`,
    'steward_discord_live 1',
    'steward_discord_reconnects_total 0',
    'steward_database_connected 1',
    'steward_database_calls_total{outcome="timeout"} 0',
    'steward_journal_oldest_age_seconds 0',
    'steward_dead_letters 0',
    'steward_plugin_state{plugin="memory",state="running"} 1',
    'steward_plugin_state{plugin="talkative",state="parked"} 1',
    `steward_build_info{version="${version}",node="${process.versions.node}"} 1`,
  ])('counts what happened: %s', async (line) => {
    expect((await metrics()).split('\n')).toContain(line);
  });

  it('has seen the answers of Discord and of the database', async () => {
    const text = await metrics();
    expect(text).toMatch(/^steward_discord_requests_total\{status="200"\} [1-9]/m);
    expect(text).toMatch(/^steward_discord_silence_seconds \d/m);
    expect(text).toMatch(/^steward_database_calls_total\{outcome="answered"\} [1-9]/m);
    expect(text).toMatch(/^steward_database_call_duration_seconds_count [1-9]/m);
  });

  it('tells how the connections are used, where there are any', async () => {
    const hasPool = bot.environment.DB_HOST !== undefined;
    await container.database.transaction(async () => {
      await container.database.query('SELECT 1');
      expect(/^steward_database_pool_connections\{state="used"\} [1-9]/m.test(await metrics())).toBe(hasPool);
    });
  });

  it.each([
    ['no token', {}],
    ['another token', bearer(`${token}0`)],
    ['the token in another scheme', { headers: { authorization: `Basic ${token}` } }],
    ['an empty token', { headers: { authorization: 'Bearer ' } }],
  ])('is not for who shows %s', async (_, init) => {
    const response = await fetch(`${url}/metrics`, init);
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe('Bearer realm="metrics"');
    expect(await response.json()).toEqual({ error: 'Unauthorized' });
  });

  it('is for who shows the token, whatever case the scheme is written in', async () => {
    expect((await fetch(`${url}/metrics`, { headers: { authorization: `bearer ${token}` } })).status).toBe(200);
  });
});

describe('the metrics of plugins', () => {
  it('come and go with them, and say so', async () => {
    const { plugins } = container;
    await plugins.disable('ratelimit');
    const without = await metrics();
    expect(without).toContain('steward_plugin_state{plugin="ratelimit",state="disabled"} 1');
    expect(without).not.toContain('steward_plugin_state{plugin="ratelimit",state="running"}');
    expect(without).not.toContain('steward_rate_limit_refusals_total');
    await plugins.enable('ratelimit');
    expect(await metrics()).toContain('steward_rate_limit_refusals_total{kind="chat"} 0');
  });
});

describe('what everyone may read', () => {
  it.each(['/health', '/alive', '/ready'])('needs no token: %s', async (path) => {
    expect((await fetch(`${url}${path}`)).status).toBe(200);
  });

  it('has nothing of any person, and no secret, be it in the words of what failed', async () => {
    const health = await (await fetch(`${url}/health`)).text();
    expect(health).toContain('ada:[secret]@example.com does not answer');
    const body = `${health}\n${await metrics()}`;
    const people = [bot.user('marked-ada'), bot.user('marked-grace'), bot.admin()];
    const personal = people.flatMap(({ id, person }) => [id, person.username, person.channelId]);
    const declared = readConfiguration(config, bot.environment).secrets;
    expect(declared).toEqual(expect.arrayContaining([token, bot.discord.token, secrets.N8N_SIGNING_SECRET]));
    for (const hidden of [...declared, ...personal, ...Object.values(ids), words, 'marked'])
      expect(body).not.toContain(hidden);
  });

  it('is not answered while the event loop stands still', () => {
    const flag = new Int32Array(new SharedArrayBuffer(4));
    const prober = new Worker(probe, { eval: true, workerData: { url: `${url}/alive`, flag } });
    // Until the prober has given up, or was answered.
    Atomics.wait(flag, 0, 0, 20_000);
    void prober.terminate();
    expect(outcomes[flag[0] ?? 0]).toBe('no answer');
  });
});

const outcomes = ['the prober did not run', 'no answer', 'an answer'];
const probe = `
  const { workerData: { url, flag } } = require('node:worker_threads');
  const tell = (value) => { Atomics.store(flag, 0, value); Atomics.notify(flag, 0); };
  fetch(url, { signal: AbortSignal.timeout(500) }).then(() => tell(2), () => tell(1));
`;

describe('METRICS_TOKEN', () => {
  it.each(['short', 'with spaces in its middle', 'mit-Umlauten-äöü-123'])(
    'is refused when it is no token: %s',
    (value) => {
      expect(() => readConfiguration(config, { ...bot.environment, METRICS_TOKEN: value })).toThrow(
        'METRICS_TOKEN: must be at least 16 letters, digits or signs, without spaces',
      );
    },
  );
});
