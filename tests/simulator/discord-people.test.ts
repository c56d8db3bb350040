import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { timeOfSnowflake } from '../../src/simulator/Snowflakes.ts';
import { collectContents, logIn, nextMessage, onMessage, send, startSimulator } from './discordClient.ts';

describe('what people hear', () => {
  it('is handed out once, in order, and by what it says', async () => {
    const simulator = await startSimulator();
    const ada = simulator.addUser({ username: 'ada' });
    const client = await logIn(simulator);
    for (const text of ['one', 'two', 'three']) await client.users.send(ada.id, text);

    expect((await ada.hears(({ content }) => content.startsWith('t'))).content).toBe('two');
    expect((await ada.hears()).content).toBe('one');
    expect((await ada.hears()).content).toBe('three');
  });

  it('goes to the first who waits for it, and the next to the next', async () => {
    const simulator = await startSimulator();
    const ada = simulator.addUser({ username: 'ada' });
    const client = await logIn(simulator);

    const waiting = [ada.hears(({ content }) => content === 'two'), ada.hears(), ada.hears()];
    for (const text of ['one', 'two', 'three', 'four']) await client.users.send(ada.id, text);

    expect((await Promise.all(waiting)).map(({ content }) => content)).toEqual(['two', 'one', 'three']);
    expect((await ada.hears()).content).toBe('four');
  });

  it('fails with what was heard instead', async () => {
    const simulator = await startSimulator();
    const ada = simulator.addUser({ username: 'ada' });
    const client = await logIn(simulator);
    await client.users.send(ada.id, 'Sorry.');

    await expect(ada.hears(({ content }) => content === 'Hello!', 1)).rejects.toThrow(/ada did not hear.*"Sorry\."/);
  });

  it('answers a question with what is said after it, not with what was left unread', async () => {
    const simulator = await startSimulator();
    const ada = simulator.addUser({ username: 'ada' });
    const client = await logIn(simulator);
    await client.users.send(ada.id, 'An old notice.');
    onMessage(client, (message) => message.reply('An answer.'));

    expect((await ada.asks('A question?')).content).toBe('An answer.');
    expect((await ada.hears()).content).toBe('An old notice.');
  });

  it('ends with the simulator', async () => {
    const simulator = await startSimulator();
    const ada = simulator.addUser({ username: 'ada' });

    const waiting = expect(ada.hears()).rejects.toThrow(/stopped while ada waited/);
    await simulator.stop();
    await waiting;
  });
});

describe('the guild', () => {
  it('shows the bot the text of a message that mentions it, and hears the answer', async () => {
    const simulator = await startSimulator();
    const ada = simulator.addUser({ username: 'ada' });
    onMessage(await logIn(simulator), (message) =>
      message.reply(`In a guild: ${message.inGuild()}, ${message.content}`),
    );

    ada.saysInGuild('hello');

    const { content } = await ada.hearsInGuild();
    expect(content).toBe(`In a guild: true, <@${simulator.bot.id}> hello`);
    expect(ada.messages).toEqual([]);
  });

  it('hides the text of a message that does not mention the bot', async () => {
    const simulator = await startSimulator();
    const ada = simulator.addUser({ username: 'ada' });
    const client = await logIn(simulator);

    const told = nextMessage(client);
    const said = ada.saysInGuild('a secret', { mention: false, attachments: [{ filename: 'a.txt', content: 'a' }] });
    const message = await told;

    expect(message).toMatchObject({ id: said.id, content: '' });
    expect(message.attachments.size).toBe(0);
    expect(said.content).toBe('a secret');
  });

  it('is closed to the bot while it is hidden', async () => {
    const simulator = await startSimulator();
    const ada = simulator.addUser({ username: 'ada' });
    const client = await logIn(simulator);
    const contents = collectContents(client);
    simulator.guild.hidden = true;
    ada.saysInGuild('unheard');

    await expect(send(client, simulator.guild.channel.id, { content: 'Hello?' })).rejects.toMatchObject({
      status: 403,
      code: 50001,
    });
    const told = nextMessage(client);
    ada.says('heard');
    await told;
    expect(contents).toEqual(['heard']);
  });
});

describe('ids', () => {
  it('carry the time of the message and increase even within a millisecond', async () => {
    const simulator = await startSimulator();
    const ada = simulator.addUser({ username: 'ada' });
    const before = Date.now();
    const ids = Array.from({ length: 2_000 }, () => BigInt(ada.says('x').id));
    const after = Date.now();

    expect(ids.every((id, index) => index === 0 || id > (ids[index - 1] ?? id))).toBe(true);
    expect(timeOfSnowflake(String(ids[0]))).toBeGreaterThanOrEqual(before);
    expect(timeOfSnowflake(String(ids.at(-1)))).toBeLessThanOrEqual(after);
  });

  it('put a message into the past when one is given', async () => {
    const simulator = await startSimulator();
    const ada = simulator.addUser({ username: 'ada' });
    ada.says('now');
    const old = ada.says('long ago', { id: '175928847299117063' });

    expect(old.timestamp).toBe('2016-04-30T11:18:25.796Z');
    expect(ada.messages.map(({ content }) => content)).toEqual(['long ago', 'now']);
  });

  it('belong to one user only, who keeps the channel over a restart', async () => {
    const [first, second] = [await startSimulator(), await startSimulator()];
    const ada = first.addUser({ id: '42', username: 'ada' });

    expect(second.addUser({ id: '42', username: 'ada' }).channelId).toBe(ada.channelId);
    expect(() => first.addUser({ id: '42', username: 'bob' })).toThrow(/already a user with the id 42/);
    expect(first.user('42')).toBe(ada);
  });
});

describe('the end', () => {
  it('leaves nothing that keeps the process alive', async () => {
    const source = new URL('../../src/simulator/DiscordSimulator.ts', import.meta.url);
    const script = `
      import { once } from 'node:events';
      import { DiscordSimulator } from ${JSON.stringify(source)};
      const simulator = await DiscordSimulator.start();
      const waiting = simulator.addUser({ username: 'ada' }).hears(undefined, 3_600_000).catch(() => 'rejected');
      const socket = new WebSocket(simulator.gateway.url);
      await once(socket, 'message');
      const delayed = new Promise((resolve) =>
        Object.defineProperty(simulator.faults, 'restDelayMs', { get: () => (resolve(), 3_600_000) }));
      const request = fetch(simulator.apiUrl + '/v10/gateway').catch(() => 'cut');
      await delayed;
      await simulator.stop();
      console.log(await waiting, await request);`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], {
      cwd: fileURLToPath(new URL('../..', import.meta.url)),
      timeout: 20_000,
    });

    expect(stdout.trim()).toBe('rejected cut');
  }, 30_000);
});
