import { once } from 'node:events';
import { type Client, Events } from 'discord.js';
import { describe, expect, it } from 'vitest';
import { connectGateway } from './connectGateway.ts';

/** Milliseconds; a busy machine must not miss two in a row. */
const heartbeatInterval = 500;

/** Settles when discord.js says so; whoever waits sees the connection as it is at that moment. */
const debugged = (client: Client, what: string): Promise<void> =>
  new Promise((resolve) => {
    client.on(Events.Debug, (text) => text.includes(what) && resolve());
  });

describe('the gateway', () => {
  it('stays live while nothing comes but answers to its heartbeats', async () => {
    const { client, gateway } = await connectGateway({ heartbeatInterval });
    const states = await new Promise<string[]>((resolve) => {
      const seen: string[] = [];
      client.on(Events.Debug, (text) => {
        if (text.includes('Heartbeat acknowledged') && seen.push(gateway.state) === 3) resolve(seen);
      });
    });
    expect(states).toEqual(Array.from({ length: 3 }, () => 'live'));
  });

  it('is not live when nothing comes any more, although nobody has closed the connection; and is again', async () => {
    const { simulator, client, gateway } = await connectGateway({ heartbeatInterval });
    // The first heartbeat goes out at a random moment; from its answer on, silence can be measured.
    await debugged(client, 'Heartbeat acknowledged');
    const reconnects: unknown[] = [];
    client.on(Events.ShardReconnecting, (shard) => reconnects.push(shard));
    simulator.gateway.freeze({ deaf: true });
    // Said when a second heartbeat is due and the one before has no answer.
    await debugged(client, 'Zombie connection');
    expect(gateway.state).toBe('silent');
    expect(gateway.silence).toBeGreaterThan(heartbeatInterval);
    // discord.js still waits for the answer to its own close.
    expect([reconnects, client.ws.shards.first()?.status]).toEqual([[], 0]);
    const resumed = once(client, Events.ShardResume);
    simulator.gateway.thaw();
    await resumed;
    expect(gateway.state).toBe('live');
  });
});

describe('a session that Discord closes for good', () => {
  it.each([
    [4004, 'AuthenticationFailed'],
    [4010, 'InvalidShard'],
    [4011, 'ShardingRequired'],
    [4012, 'InvalidAPIVersion'],
    [4013, 'InvalidIntents'],
    [4014, 'DisallowedIntents'],
  ])('ends the bot: %i', async (code, name) => {
    const { simulator, gateway } = await connectGateway();
    simulator.gateway.drop(code);
    await expect(gateway.failed).rejects.toMatchObject({
      code: 'ClosedByDiscord',
      exitStatus: 2,
      message: expect.stringContaining(`(${code}, ${name})`),
    });
    expect(gateway.state).toBe('closed');
  });

  it('does not end the bot for a close that a resumed session mends', async () => {
    const { simulator, client, gateway } = await connectGateway();
    const again = once(client, Events.ShardResume);
    simulator.gateway.drop(4000);
    await again;
    expect(gateway.state).toBe('live');
  });
});
