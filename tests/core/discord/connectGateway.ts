import { Client, type ClientOptions, GatewayIntentBits } from 'discord.js';
import { onTestFinished } from 'vitest';
import { Gateway } from '../../../src/core/discord/Gateway.ts';
import { createLog } from '../../../src/core/log/createLog.ts';
import { DiscordSimulator } from '../../../src/simulator/DiscordSimulator.ts';

/** A gateway that is live in a simulated Discord, until the test ends. */
export async function connectGateway(ofSimulator: { heartbeatInterval?: number } = {}) {
  const simulator = await DiscordSimulator.start(ofSimulator);
  onTestFinished(() => simulator.stop());
  const options = { intents: [GatewayIntentBits.DirectMessages], rest: { api: simulator.apiUrl } };
  // Sapphire's plugin asks every client for tasks.
  const client = new Client(options as Omit<ClientOptions, 'tasks'> as ClientOptions);
  const gateway = new Gateway(client, createLog({ level: 'fatal', secrets: [] }));
  onTestFinished(async () => {
    await gateway.close();
    await client.destroy();
  });
  await gateway.connect(simulator.token);
  return { simulator, client, gateway };
}
