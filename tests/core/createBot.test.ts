import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, container } from '@sapphire/framework';
import type { Message } from 'discord.js';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { startTestBot, type TestBot, type TestBotOptions } from '#testing';
import config from '../../sapphire.config.ts';
import { answer } from '../../src/core/conversation/answer.ts';
import { createBot } from '../../src/core/createBot.ts';
import { lockDataDir } from '../../src/core/database/lockDataDir.ts';
import { definePlugin, type Plugin } from '../../src/core/definePlugin.ts';
import { prepareEmbedded } from '../../src/testing/prepareEmbedded.ts';

const answering = definePlugin({ name: 'answering', conversation: { respond: async () => ({ text: 'An answer.' }) } });

function start(plugins: readonly Plugin[], options: TestBotOptions = {}): Promise<TestBot> {
  return startTestBot({ config: { ...config, plugins: [answering, ...plugins] }, ...options });
}

/** Listens on a port for a moment, 0 meaning any free one, and returns it; fails where somebody else listens. */
async function listenOn(port: number): Promise<number> {
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  const found = (server.address() as AddressInfo).port;
  server.close();
  await once(server, 'close');
  return found;
}

const kernelServices = ['clock', 'conversation', 'database', 'intake', 'log', 'roles', 'status'];

function expectNothingLeft(): void {
  for (const service of kernelServices) expect(container).not.toHaveProperty(service);
  expect([...container.stores.keys()]).toEqual([]);
}

describe.skipIf(!inject('postgres'))('a boot that fails', () => {
  it('stops what had started, the last one first, when an essential plugin does not start', async () => {
    const events: string[] = [];
    const follow = (name: string) =>
      definePlugin({
        name,
        services: { [name]: () => ({}) },
        start: () => void events.push(`${name} starts`),
        stop: () => void events.push(`${name} stops`),
      });
    const heart = definePlugin({
      name: 'heart',
      essential: true,
      services: { beat: () => ({}) },
      start: () => {
        throw new Error('No pulse.');
      },
      stop: () => void events.push('heart stops'),
    });
    const refused = start([follow('one'), follow('two'), heart, follow('three')]);
    await expect(refused).rejects.toMatchObject({
      code: 'PluginFailed',
      message: 'The essential plugin "heart" did not start: No pulse.',
    });
    expect(events).toEqual(['one starts', 'two starts', 'two stops', 'one stops']);
    for (const service of ['one', 'two', 'beat']) expect(container).not.toHaveProperty(service);
    expectNothingLeft();
  });

  it('frees the port, and the next boot works', async () => {
    const port = await listenOn(0);
    const environment = { HEALTH_CHECK_PORT: String(port) };
    // The token is the last thing that the boot looks at.
    const refused = start([], { environment: { ...environment, DISCORD_TOKEN: 'wrong' } });
    await expect(refused).rejects.toMatchObject({ code: 'BadToken', exitStatus: 1 });
    expect(await listenOn(port)).toBe(port);
    expectNothingLeft();
    await using bot = await start([], { environment });
    expect((await bot.person().asks('Hello')).content).toBe('An answer.');
  });

  // The embedded database takes its time on a busy machine.
  it('unlocks the data folder, and the next boot works', { timeout: 120_000 }, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'steward-boot-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    await prepareEmbedded(folder);
    const environment = { DB_HOST: undefined, DATA_DIR: folder };
    const fail = () => Promise.reject(new Error('No pulse.'));
    const refused = start([definePlugin({ name: 'heart', essential: true, start: fail })], { environment });
    await expect(refused).rejects.toMatchObject({ code: 'PluginFailed', exitStatus: 3 });
    lockDataDir(folder)();
    expectNothingLeft();
    await using bot = await start([], { environment });
    expect((await bot.person().asks('Hello')).content).toBe('An answer.');
    expect(() => lockDataDir(folder)).toThrow('Another process uses the data folder');
  });

  it('says which port is taken, and the next boot works', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void other.close());
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const refused = start([], { environment: { HEALTH_CHECK_PORT: String(port) } });
    await expect(refused).rejects.toMatchObject({ code: 'PortTaken' });
    expectNothingLeft();
    await using bot = await start([]);
    expect((await bot.person().asks('Hello')).content).toBe('An answer.');
  });

  it('starts nothing when the environment is bad', async () => {
    const started: string[] = [];
    const eager = definePlugin({ name: 'eager', start: () => void started.push('eager') });
    const refused = start([eager], { environment: { DB_PORT: 'five', LOG_LEVEL: 'loud' } });
    await expect(refused).rejects.toMatchObject({
      code: 'BadEnvironment',
      message: expect.stringContaining('2 problem(s)'),
    });
    expect(started).toEqual([]);
  });
});

describe.skipIf(!inject('postgres'))('a boot that is called off', () => {
  it('ends at once although Discord does not answer', async () => {
    await using bot = await start([]);
    await bot.stop();
    bot.discord.gateway.freeze();
    const off = new AbortController();
    const asked = once(bot.discord, 'request');
    const destination = { write: (line: string) => void line };
    const booting = createBot({ ...config, plugins: [answering] }, bot.environment, {
      signal: off.signal,
      logDestination: destination,
    });
    await asked;
    off.abort();
    await (await booting).stop();
    expectNothingLeft();
  });

  it('does not log in when it was called off before', async () => {
    await using bot = await start([]);
    await bot.stop();
    const before = bot.discord.requests.length;
    const stopped = await createBot({ ...config, plugins: [answering] }, bot.environment, {
      signal: AbortSignal.abort(),
      logDestination: { write: (line) => void line },
    });
    await stopped.stop();
    expect(bot.discord.requests).toHaveLength(before);
  });
});

describe.skipIf(!inject('postgres'))('a bot that stops', () => {
  it('leaves Discord first, then the port, then stops the plugins in reverse, then closes the database', async () => {
    const seen: Record<string, unknown>[] = [];
    let address: unknown;
    const witness = (name: string) =>
      definePlugin({
        name,
        services: { [name]: () => ({}) },
        stop: async ({ container: { database, status } }) => {
          const listening = await fetch(String(address)).then(
            () => true,
            () => false,
          );
          const [row] = await database.query<{ one: number }>('SELECT 1 AS one');
          seen.push({ name, sessions: bot.discord.gateway.sessions, ready: status.ready, listening, row });
        },
      });
    await using bot = await start([witness('one'), witness('two')]);
    address = bot.log.findLast((line) => line.address !== undefined)?.address;
    expect((await fetch(String(address))).status).toBe(404);
    await bot.stop();
    const gone = { sessions: 0, ready: false, listening: false, row: { one: 1 } };
    expect(seen).toEqual([
      { name: 'two', ...gone },
      { name: 'one', ...gone },
    ]);
    expectNothingLeft();
  });

  it('answers first what it has in hand', async () => {
    const thought = Promise.withResolvers<{ text: string }>();
    const asked = Promise.withResolvers<void>();
    const events: string[] = [];
    const slow = definePlugin({
      name: 'slow',
      conversation: {
        respond: () => {
          asked.resolve();
          return thought.promise;
        },
        record: async (_turn, { delivered }) => void events.push(`recorded, delivered: ${delivered}`),
      },
      stop: () => void events.push('stopped'),
    });
    await using bot = await startTestBot({ config: { ...config, plugins: [slow] } });
    const ada = bot.person();
    ada.says('Hello');
    await asked.promise;
    const left = once(bot.discord, 'disconnected');
    const stopping = bot.stop();
    await left;
    thought.resolve({ text: 'At last.' });
    await stopping;
    expect(ada.heard.map(({ content }) => content)).toEqual(['At last.']);
    expect(events).toEqual(['recorded, delivered: true', 'stopped']);
  });

  it('can be followed by another one in the same process, with everything that the first one had', async () => {
    class GreetCommand extends Command {
      constructor(context: Command.LoaderContext) {
        super(context, { preconditions: ['DMOnly'] });
      }

      override async messageRun(message: Message): Promise<void> {
        await answer(message, 'Greetings!');
      }
    }
    const polite = definePlugin({
      name: 'polite',
      commands: { greet: GreetCommand },
      services: { manners: () => ({}) },
    });
    const contents = () =>
      [...container.stores.values()].map((store) => [store.name, [...store.keys()].toSorted()]).toSorted();
    await using bot = await start([polite]);
    const first = contents();
    const ada = bot.person();
    for (const life of [1, 2, 3]) {
      if (life > 1) {
        await bot.stop();
        expect(container).not.toHaveProperty('manners');
        await bot.start();
      }
      expect(contents()).toEqual(first);
      expect(container).toHaveProperty('manners');
      expect((await ada.asks('Hello')).content).toBe('An answer.');
      expect((await ada.asks('!greet')).content).toBe('Greetings!');
      expect((await ada.asks('!gret')).content).toBe('I do not know `!gret`. Did you mean `!greet`?');
      await container.intake.drain(10_000);
      expect(ada.heard).toHaveLength(life * 3);
    }
  });

  it('may be stopped twice', async () => {
    await using bot = await start([]);
    const made = await Promise.all([bot.stop(), bot.stop()]);
    expect(made).toHaveLength(2);
    expectNothingLeft();
  });
});
