import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import config from '../../sapphire.config.ts';
import type { Config } from '../../src/core/defineConfig.ts';
import { examine } from '../../src/doctor/examine.ts';
import type { Finding } from '../../src/doctor/Finding.ts';
import { DiscordSimulator } from '../../src/simulator/DiscordSimulator.ts';
import { StandInWorkflow } from '../../src/simulator/StandInWorkflow.ts';

type Variables = Readonly<Record<string, string | undefined>>;

const secretNames = /TOKEN|PASSWORD|VALUE|SECRET|REDIS_URL/;

/** A folder of its own for a test; it goes away with the test. */
export async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'steward-doctor-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A simulated Discord, a stand-in workflow and the environment of a healthy bot that lives in them. */
export async function makeHealthy() {
  const discord = await DiscordSimulator.start({ token: 'token-that-nobody-may-read' });
  onTestFinished(() => discord.stop());
  const workflow = await StandInWorkflow.start();
  onTestFinished(() => workflow.stop());
  workflow.answer = () => ({ body: { output: 'Anything.' } });
  const environment = {
    DISCORD_TOKEN: discord.token,
    DISCORD_API_URL: discord.apiUrl,
    N8N_WEBHOOK_URL: workflow.url,
    N8N_AUTH_HEADER_NAME: 'x-steward',
    N8N_AUTH_HEADER_VALUE: 'header-that-nobody-may-read',
    DATA_DIR: join(await makeFolder(), 'data'),
    HEALTH_CHECK_PORT: '0',
  };
  return { discord, workflow, environment };
}

/** What the doctor finds, by what it looked at; no secret of the environment may be in it. */
export async function diagnose(variables: Variables, bot: Config = config): Promise<Map<string, Finding>> {
  const found = new Map<string, Finding>();
  for await (const finding of examine(bot, () => variables)) found.set(finding.what, finding);
  expectNoSecrets(JSON.stringify([...found.values()]), variables);
  return found;
}

export function expectNoSecrets(text: string, variables: Variables): void {
  for (const [name, value] of Object.entries(variables)) if (secretNames.test(name)) expect(text).not.toContain(value);
}

/** A TCP server on a free port for one test, which says what `onConnection` says; by default nothing. */
export async function listenForTest(onConnection: Parameters<typeof createServer>[1] = () => undefined) {
  const server: Server = createServer({}, onConnection).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const sockets = new Set<{ destroy(): void }>();
  server.on('connection', (socket) => {
    socket.on('error', () => socket.destroy());
    sockets.add(socket);
  });
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as { port: number }).port;
}
