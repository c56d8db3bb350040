import { once } from 'node:events';
import { Events, GatewayIntentBits } from 'discord.js';
import { describe, expect, it } from 'vitest';
import { collectContents, logIn, makeClient, messageSaying, nextMessage, startSimulator } from './discordClient.ts';

describe('logging in', () => {
  it('lets the bot with the right token in and shows it the guild', async () => {
    const simulator = await startSimulator();
    expect(simulator.gateway.live).toBe(false);

    const client = await logIn(simulator);

    expect(client.user.id).toBe(simulator.bot.id);
    expect(client.guilds.cache.map(({ name, available }) => [name, available])).toEqual([['Playground', true]]);
    expect(simulator.gateway).toMatchObject({ live: true, sessions: 1 });
  });

  it('turns a wrong token away', async () => {
    const simulator = await startSimulator({ token: 'right' });

    await expect(makeClient(simulator).login('wrong')).rejects.toMatchObject({ code: 'TokenInvalid' });
    expect(simulator.gateway.live).toBe(false);
  });

  it.each([
    [4004, 'Authentication failed'],
    [4014, 'Used disallowed intents'],
  ])('closes with %i on request, until told otherwise', async (code, message) => {
    const simulator = await startSimulator();
    simulator.faults.refuseLogins(code);
    const client = makeClient(simulator);
    const disconnected = once(client, Events.ShardDisconnect);
    client.on(Events.ShardError, () => undefined);

    await expect(client.login(simulator.token)).rejects.toThrow(message);
    expect((await disconnected)[0].code).toBe(code);

    simulator.faults.refuseLogins(undefined);
    await logIn(simulator);
    expect(simulator.gateway.live).toBe(true);
  });

  it('tells every instance of the bot everything', async () => {
    const simulator = await startSimulator();
    const ada = simulator.addUser({ username: 'ada' });
    const instances = [await logIn(simulator), await logIn(simulator)];

    const told = Promise.all(instances.map(nextMessage));
    ada.says('Hello, both!');

    expect((await told).map(({ content }) => content)).toEqual(['Hello, both!', 'Hello, both!']);
    expect(simulator.gateway.sessions).toBe(2);
  });

  it('is over when the bot leaves', async () => {
    const simulator = await startSimulator();
    const client = await logIn(simulator);

    const disconnected = once(simulator, 'disconnected');
    await client.destroy();

    expect(await disconnected).toEqual([1000]);
    expect(simulator.gateway).toMatchObject({ live: false, sessions: 0 });
  });
});

describe('intents', () => {
  it.each([
    ['DirectMessages', GatewayIntentBits.DirectMessages, 'direct'],
    ['GuildMessages', GatewayIntentBits.GuildMessages, 'guild'],
  ])('with %s alone, tells of nothing else', async (_name, intent, heard) => {
    const simulator = await startSimulator();
    const ada = simulator.addUser({ username: 'ada' });
    const client = await logIn(simulator, { intents: [GatewayIntentBits.Guilds, intent] });
    const contents = collectContents(client);

    const last = messageSaying(client, `${heard} 2`);
    for (const round of [1, 2]) {
      ada.says(`direct ${round}`);
      ada.saysInGuild(`guild ${round}`);
    }
    await last;

    expect(contents.map((content) => content.slice(-`${heard} 1`.length))).toEqual([`${heard} 1`, `${heard} 2`]);
  });

  it('with MessageContent, shows what does not mention the bot', async () => {
    const simulator = await startSimulator();
    const ada = simulator.addUser({ username: 'ada' });
    const { Guilds, GuildMessages, MessageContent } = GatewayIntentBits;
    const client = await logIn(simulator, { intents: [Guilds, GuildMessages, MessageContent] });

    const told = nextMessage(client);
    ada.saysInGuild('for all to read', { mention: false });

    expect((await told).content).toBe('for all to read');
  });
});

describe('losing the connection', () => {
  it('loses no message: the client resumes and is told exactly once', async () => {
    const simulator = await startSimulator();
    const ada = simulator.addUser({ username: 'ada' });
    const client = await logIn(simulator);
    const contents = collectContents(client);
    const before = nextMessage(client);
    ada.says('before');
    await before;

    const resumed = once(simulator, 'resumed');
    simulator.gateway.drop();
    expect(simulator.gateway.live).toBe(false);
    ada.says('missed 1');
    ada.says('missed 2');
    await resumed;
    const last = messageSaying(client, 'after');
    ada.says('after');
    await last;

    expect(contents).toEqual(['before', 'missed 1', 'missed 2', 'after']);
    expect(simulator.gateway).toMatchObject({ live: true, sessions: 1 });
  });

  it.each([
    ['asks to reconnect', 'resumed', (gateway: Gateway) => gateway.reconnect()],
    ['invalidates the session for a moment', 'resumed', (gateway: Gateway) => gateway.invalidate(true)],
    ['invalidates the session for good', 'ready', (gateway: Gateway) => gateway.invalidate(false)],
    ['closes with an unknown error', 'resumed', (gateway: Gateway) => gateway.drop(4000)],
  ] as const)('is followed by the right way back when the gateway %s', { timeout: 20_000 }, async (_what, way, act) => {
    const simulator = await startSimulator();
    const ada = simulator.addUser({ username: 'ada' });
    const client = await logIn(simulator);

    const back = once(simulator, way);
    act(simulator.gateway);
    await back;

    const told = nextMessage(client);
    ada.says('Still there?');
    expect((await told).content).toBe('Still there?');
    expect(simulator.gateway.sessions).toBe(1);
  });

  it('is noticed by the client when the gateway falls silent, and mended when it speaks again', async () => {
    const simulator = await startSimulator({ heartbeatInterval: 100 });
    const ada = simulator.addUser({ username: 'ada' });
    const client = await logIn(simulator);
    const contents = collectContents(client);

    simulator.gateway.freeze();
    const disconnected = once(simulator, 'disconnected');
    ada.says('said into the silence');
    await disconnected;
    expect(contents).toEqual([]);

    const told = nextMessage(client);
    simulator.gateway.thaw();
    expect((await told).content).toBe('said into the silence');
  });
});

describe('duplicates', () => {
  it('come when asked for, as often as asked for', async () => {
    const simulator = await startSimulator();
    const ada = simulator.addUser({ username: 'ada' });
    const client = await logIn(simulator);
    const told: unknown[] = [];
    client.ws.on('MESSAGE_CREATE' as never, ({ content }: { content: string }) => told.push(content));

    simulator.faults.duplicateNextEvents();
    const last = messageSaying(client, 'once');
    ada.says('twice');
    ada.says('once');
    await last;

    expect(told).toEqual(['twice', 'twice', 'once']);
  });
});

type Gateway = Awaited<ReturnType<typeof startSimulator>>['gateway'];
