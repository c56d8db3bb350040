import { randomBytes } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { container } from '@sapphire/framework';
import { expect, it } from 'vitest';
import { startTestBot } from '#testing';
import config from '../../../sapphire.config.ts';
import { get } from '../../e2e/http.ts';

const times = 50;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Everything that plugins add to the process, counted. */
async function census(): Promise<object> {
  const { client, database, metrics, stores } = container;
  const listenersOf = (emitter: NodeJS.EventEmitter) =>
    Object.fromEntries(emitter.eventNames().map((event) => [String(event), emitter.listenerCount(event)]));
  return {
    client: listenersOf(client),
    limit: client.getMaxListeners(),
    process: listenersOf(process),
    container: Reflect.ownKeys(container).map(String).sort(),
    stores: Object.fromEntries([...stores.values()].map((store) => [store.name, [...store.keys()].sort()])),
    globalPreconditions: (Reflect.get(stores.get('preconditions'), 'globalPreconditions') as unknown[]).length,
    repeatedTasks: stores
      .get('scheduled-tasks')
      .repeatedTasks.map(({ name }) => name)
      .sort(),
    metrics: metrics
      .getMetricsAsArray()
      .map(({ name }) => name)
      .sort(),
    database: database.state,
  };
}

/** Sockets and timers by their kind. The connections of the database come and go. */
function resources(): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

it(`a plugin leaves nothing behind, however often it is disabled and enabled (${times} times each)`, async () => {
  const environment = { N8N_SIGNING_SECRET: randomBytes(32).toString('base64'), PUBLIC_URL: 'http://127.0.0.1' };
  await using bot = await startTestBot({ environment: { ...environment, ANALYTICS_RETENTION_DAYS: '30' } });
  const { plugins } = container;
  const names = config.plugins.filter(({ stays }) => stays === undefined).map(({ name }) => name);
  const round = async (): Promise<void> => {
    for (const name of names) {
      await plugins.disable(name);
      await plugins.enable(name);
    }
  };
  const ada = bot.user();
  expect(await ada.says('Hello')).toBeAnsweredWith('You said: Hello');
  await round();
  const before = await census();
  const resourcesBefore = resources();
  const heap = () => {
    collectGarbage();
    return process.memoryUsage().heapUsed;
  };
  const heapBefore = heap();
  const lines = bot.log.length;
  for (let n = 0; n < times; n += 1) await round();
  // What the bot said of it is the test's.
  (bot.log as unknown[]).splice(lines);
  expect(await census()).toEqual(before);
  for (const [kind, count] of Object.entries(resources()))
    expect(count - (resourcesBefore[kind] ?? 0), kind).toBeLessThan(times / 2);
  expect(names).toEqual(['memory', 'ratelimit', 'moderation', 'analytics', 'n8n-bridge']);
  // What one round leaves would be there fifty times.
  expect((heap() - heapBefore) / times).toBeLessThan(50_000);
  expect(await ada.says('Still there?')).toBeAnsweredWith('You said: Still there?');
  expect(await ada.says('!limits')).toBeAnsweredWith(/^You have \d of 5 messages left/);
  expect((await get(bot, '/automation/openapi.json')).status).toBe(200);
  expect((await get(bot, '/health')).status).toBe(200);
}, 120_000);
