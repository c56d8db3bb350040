import { once } from 'node:events';
import { GatewayIntentBits, GatewayOpcodes } from 'discord.js';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import type { DiscordSimulator } from '../../src/simulator/DiscordSimulator.ts';
import { startSimulator } from './discordClient.ts';

const { Heartbeat, HeartbeatAck, Hello, Identify, InvalidSession, Resume, Dispatch } = GatewayOpcodes;
const identify = {
  op: Identify,
  d: { token: 'playground', intents: GatewayIntentBits.DirectMessages, properties: {} },
};

describe('the gateway closes with', () => {
  const atOnce = (frame: string) => async (wire: Wire) => wire.socket.send(frame);
  const loggedIn = (frame: object) => async (wire: Wire) => {
    wire.send(identify);
    await wire.next();
    wire.send(frame);
  };

  it.each([
    ['4001 on an unknown opcode', 4001, loggedIn({ op: 99, d: null })],
    ['4002 on something that is not JSON', 4002, atOnce('{')],
    ['4002 on JSON that is no payload', 4002, atOnce('[1]')],
    ['4002 on a payload above 4,096 bytes', 4002, atOnce(JSON.stringify({ op: 1, d: 'x'.repeat(4096) }))],
    ['4003 on anything before IDENTIFY', 4003, atOnce(JSON.stringify({ op: 3, d: {} }))],
    ['4004 on a wrong token', 4004, atOnce(JSON.stringify({ ...identify, d: { ...identify.d, token: 'wrong' } }))],
    ['4004 on a wrong token in RESUME', 4004, atOnce(JSON.stringify({ op: Resume, d: { token: 'wrong' } }))],
    ['4005 on a second IDENTIFY', 4005, loggedIn(identify)],
    [
      '4010 on a shard that cannot be',
      4010,
      atOnce(JSON.stringify({ ...identify, d: { ...identify.d, shard: [1, 1] } })),
    ],
    [
      '4013 on intents that do not exist',
      4013,
      atOnce(JSON.stringify({ ...identify, d: { ...identify.d, intents: 1 << 30 } })),
    ],
  ] as const)('%s', async (_what, code, act) => {
    const wire = await connect(await startSimulator());
    const closed = once(wire.socket, 'close');
    await act(wire);
    expect((await closed)[0]).toBe(code);
  });

  it('4007 on a RESUME from the future', async () => {
    const simulator = await startSimulator();
    const { session_id } = await loseSession(simulator);
    const wire = await connect(simulator);
    wire.send({ op: Resume, d: { token: 'playground', session_id, seq: 99 } });
    expect((await once(wire.socket, 'close'))[0]).toBe(4007);
  });

  it('4009 on a client that sends no heartbeat, and keeps the one that does', async () => {
    const simulator = await startSimulator({ heartbeatInterval: 50 });
    const [alive, silent] = [await connect(simulator), await connect(simulator)];
    const beating = setInterval(() => alive.send({ op: Heartbeat, d: null }), 10);
    onTestFinished(() => clearInterval(beating));

    expect((await once(silent.socket, 'close'))[0]).toBe(4009);
    expect(alive.socket.readyState).toBe(WebSocket.OPEN);
  });

  it('4012 on a version that nobody speaks', async () => {
    const simulator = await startSimulator();
    const socket = new WebSocket(`${simulator.gateway.url}?v=5`);
    expect((await once(socket, 'close'))[0]).toBe(4012);
  });
});

describe('the gateway', () => {
  it('says HELLO, answers heartbeats, even before IDENTIFY', async () => {
    const wire = await connect(await startSimulator());
    expect(wire.hello).toMatchObject({ op: Hello, d: { heartbeat_interval: 41_250 } });
    wire.send({ op: Heartbeat, d: null });
    expect(await wire.next()).toMatchObject({ op: HeartbeatAck });
  });

  it('says in READY where to resume and which guild is to come', async () => {
    const simulator = await startSimulator();
    const wire = await connect(simulator);
    wire.send(identify);
    expect(await wire.next()).toMatchObject({
      op: Dispatch,
      t: 'READY',
      s: 1,
      d: {
        v: 10,
        user: { id: simulator.bot.id, bot: true },
        guilds: [{ id: simulator.guild.id, unavailable: true }],
        resume_gateway_url: simulator.gateway.url,
        application: { id: simulator.bot.id, flags: 0 },
      },
    });
  });

  it('sends a direct message with the type of its channel and without guild and member', async () => {
    const simulator = await startSimulator();
    const wire = await connect(simulator);
    wire.send(identify);
    await wire.next();
    const said = simulator.addUser({ username: 'ada' }).says('\uD800');
    const frame = await wire.nextText();
    expect(frame).toContain('"content":"\\ud800"');
    const { t, d } = JSON.parse(frame);
    expect({ t, d }).toEqual({ t: 'MESSAGE_CREATE', d: { ...said, channel_type: 1 } });
  });

  it('replays what was missed in order, then says RESUMED', async () => {
    const simulator = await startSimulator();
    const { session_id } = await loseSession(simulator);
    const ada = simulator.addUser({ username: 'ada' });
    ada.says('one');
    ada.says('two');

    const wire = await connect(simulator);
    wire.send({ op: Resume, d: { token: 'playground', session_id, seq: 1 } });

    const frames = [await wire.next(), await wire.next(), await wire.next()];
    expect(frames.map(({ t, s, d }) => [t, s, d?.content])).toEqual([
      ['MESSAGE_CREATE', 2, 'one'],
      ['MESSAGE_CREATE', 3, 'two'],
      ['RESUMED', 4, undefined],
    ]);
  });

  it('refuses to resume a session that it does not know, or that has missed more than it keeps', async () => {
    const simulator = await startSimulator();
    const { session_id } = await loseSession(simulator);
    const ada = simulator.addUser({ username: 'ada' });
    for (let count = 0; count < 5_001; count += 1) ada.says('x');

    for (const lost of ['nobody', session_id]) {
      const wire = await connect(simulator);
      wire.send({ op: Resume, d: { token: 'playground', session_id: lost, seq: 1 } });
      expect(await wire.next()).toMatchObject({ op: InvalidSession, d: false });
    }
  });

  it('refuses to resume a session that was invalidated for good, and resumes one that may', async () => {
    const simulator = await startSimulator();
    const wire = await connect(simulator);
    wire.send(identify);
    const { d } = await wire.next();
    const resume = { op: Resume, d: { token: 'playground', session_id: d?.session_id, seq: 1 } };

    simulator.gateway.invalidate(true);
    expect(await wire.next()).toMatchObject({ op: InvalidSession, d: true });
    expect(simulator.gateway.live).toBe(false);
    wire.send(resume);
    expect(await wire.next()).toMatchObject({ t: 'RESUMED' });

    simulator.gateway.invalidate(false);
    expect(await wire.next()).toMatchObject({ op: InvalidSession, d: false });
    wire.send(resume);
    expect(await wire.next()).toMatchObject({ op: InvalidSession, d: false });
  });

  it('sends after a silence what piled up in it', async () => {
    const simulator = await startSimulator();
    const wire = await connect(simulator);
    wire.send(identify);
    await wire.next();

    simulator.gateway.freeze();
    simulator.addUser({ username: 'ada' }).says('into the silence');
    simulator.gateway.thaw();

    expect(await wire.next()).toMatchObject({ t: 'MESSAGE_CREATE', d: { content: 'into the silence' } });
  });

  it('tells each shard of its own: direct messages are for shard 0', async () => {
    const simulator = await startSimulator();
    const shards = [await connect(simulator), await connect(simulator)];
    for (const [id, wire] of shards.entries()) {
      wire.send({ ...identify, d: { ...identify.d, shard: [id, 2] } });
      expect(await wire.next()).toMatchObject({ t: 'READY' });
    }
    simulator.addUser({ username: 'ada' }).says('for shard 0');
    for (const wire of shards) wire.send({ op: Heartbeat, d: null });
    expect(await shards[0]?.next()).toMatchObject({ t: 'MESSAGE_CREATE' });
    expect(await shards[1]?.next()).toMatchObject({ op: HeartbeatAck });
  });

  it('is at /gateway and nowhere else', async () => {
    const simulator = await startSimulator();
    const socket = new WebSocket(simulator.url.replace('http', 'ws'));
    const [error] = await once(socket, 'error');
    expect(String(error)).toContain('404');
  });
});

interface Frame {
  op: number;
  t?: string;
  s?: number;
  d?: { content?: string; session_id?: string };
}

interface Wire {
  socket: WebSocket;
  hello: Frame;
  send(payload: object): void;
  next(): Promise<Frame>;
  nextText(): Promise<string>;
}

/** A bare connection that has heard HELLO and reads frame by frame. */
async function connect(simulator: DiscordSimulator): Promise<Wire> {
  const socket = new WebSocket(`${simulator.gateway.url}?v=10&encoding=json`);
  onTestFinished(() => socket.terminate());
  const frames: string[] = [];
  socket.on('message', (data) => frames.push(data.toString()));
  const nextText = async (): Promise<string> => {
    const frame = frames.shift();
    if (frame !== undefined) return frame;
    await once(socket, 'message');
    return nextText();
  };
  const next = async (): Promise<Frame> => JSON.parse(await nextText());
  const hello = await next();
  return { socket, hello, send: (payload) => socket.send(JSON.stringify(payload)), next, nextText };
}

/** Logs in, loses the connection, and returns what is needed to come back. */
async function loseSession(simulator: DiscordSimulator): Promise<{ session_id: string | undefined }> {
  const wire = await connect(simulator);
  wire.send(identify);
  const { d } = await wire.next();
  const disconnected = once(simulator, 'disconnected');
  simulator.gateway.drop();
  await disconnected;
  return { session_id: d?.session_id };
}
