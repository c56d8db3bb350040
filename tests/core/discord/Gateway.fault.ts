import { once } from 'node:events';
import { Events } from 'discord.js';
import { describe, expect, it } from 'vitest';
import { connectGateway } from './connectGateway.ts';

// Each new login takes the five seconds that Discord asks for between two of them.
describe('a session that ends and is made anew', () => {
  it('ends the bot for good after the session was lost and resumed when the token is no good any more at the next login', async () => {
    const { simulator, client, gateway } = await connectGateway();
    const resumed = once(client, Events.ShardResume);
    simulator.gateway.drop();
    await resumed;
    expect(gateway.state).toBe('live');
    simulator.faults.refuseLogins(4004);
    simulator.gateway.invalidate(false);
    await expect(gateway.failed).rejects.toMatchObject({ message: expect.stringContaining('(4004, Auth') });
  });

  it.each([4007, 4009])('does not end the bot for a close that a new login mends: %i', async (code) => {
    const { simulator, client, gateway } = await connectGateway();
    const again = Promise.race([once(client, Events.ShardResume), once(client, Events.ShardReady)]);
    simulator.gateway.drop(code);
    await again;
    expect(gateway.state).toBe('live');
  });
});

describe('closing', () => {
  it('does not wait for a Discord that has gone', async () => {
    const { simulator, client, gateway } = await connectGateway();
    simulator.gateway.freeze({ deaf: true });
    await gateway.close();
    expect(gateway.state).toBe('closed');
    // discord.js would wait on: for half a minute.
    expect(client.ws.shards.first()?.status).toBe(0);
    simulator.gateway.thaw();
  });
});
