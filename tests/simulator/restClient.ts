import type { DiscordSimulator, SimulatorOptions } from '../../src/simulator/DiscordSimulator.ts';
import type { SimulatedUser } from '../../src/simulator/SimulatedUser.ts';
import { startSimulator } from './discordClient.ts';

/** What came back from a bare REST request. */
export interface Answer {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: whatever JSON came, for assertions on any part of it
  body: any;
}

/** A bare REST request with the bot's token; a string or a form is sent as it is, anything else as JSON. */
export async function call(
  simulator: DiscordSimulator,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const asIs = typeof body === 'string' || body instanceof FormData;
  const json = body === undefined || body instanceof FormData ? {} : { 'content-type': 'application/json' };
  const response = await fetch(`${simulator.apiUrl}/v10${path}`, {
    method,
    headers: { authorization: `Bot ${simulator.token}`, ...json, ...headers },
    ...(body === undefined ? {} : { body: asIs ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text === '' ? undefined : JSON.parse(text) };
}

/** A simulator with one person in it, and the path of the messages with her. */
export async function meet(
  options?: SimulatorOptions,
): Promise<{ simulator: DiscordSimulator; ada: SimulatedUser; messages: string }> {
  const simulator = await startSimulator(options);
  const ada = simulator.addUser({ username: 'ada' });
  return { simulator, ada, messages: `/channels/${ada.channelId}/messages` };
}
