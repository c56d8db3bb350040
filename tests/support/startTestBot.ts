import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import config from '../../sapphire.config.ts';
import type { RawEnvironment } from '../../src/core/config.ts';
import { type Bot, type BotOptions, createBot } from '../../src/core/createBot.ts';
import type { Config } from '../../src/core/defineConfig.ts';
import { DiscordSimulator } from '../../src/simulator/DiscordSimulator.ts';
import type { SimulatedUser } from '../../src/simulator/SimulatedUser.ts';
import { StandInWorkflow } from '../../src/simulator/StandInWorkflow.ts';
import { createTestDatabase } from './testDatabase.ts';

/** Whose id is an admin's in the test bot. */
export const adminId = '300000000000000009';

/** The whole bot in a simulated Discord, with a workflow and a database of its own; all of it ends with the test. */
export interface TestBot extends AsyncDisposable {
  readonly discord: DiscordSimulator;
  readonly workflow: StandInWorkflow;
  readonly environment: RawEnvironment;
  readonly log: readonly Record<string, unknown>[];
  user(name?: string): SimulatedUser;
  admin(): SimulatedUser;
  start(): Promise<void>;
  stop(): Promise<void>;
}

export interface TestBotOptions {
  /** Variables over the defaults; `DB_HOST: undefined` takes the embedded database. */
  environment?: RawEnvironment;
  config?: Config;
  clock?: BotOptions['clock'];
}

export async function startTestBot(options: TestBotOptions = {}): Promise<TestBot> {
  const parts: (() => Promise<unknown>)[] = [];
  const discord = await DiscordSimulator.start();
  parts.push(() => discord.stop());
  const workflow = await StandInWorkflow.start();
  parts.push(() => workflow.stop());
  workflow.answer = ({ message }) => ({ body: { output: `You said: ${message}` } });
  const dataDir = await mkdtemp(join(tmpdir(), 'steward-test-'));
  parts.push(() => rm(dataDir, { recursive: true, force: true }));
  const embedded = options.environment !== undefined && 'DB_HOST' in options.environment;
  const database = embedded ? undefined : await createTestDatabase();
  if (database) parts.push(() => database.drop());
  const environment: RawEnvironment = {
    DISCORD_TOKEN: discord.token,
    DISCORD_API_URL: discord.apiUrl,
    N8N_WEBHOOK_URL: workflow.url,
    HEALTH_CHECK_PORT: '0',
    DATA_DIR: dataDir,
    ADMIN_IDS: adminId,
    ...database?.environment,
    ...options.environment,
  };
  const log: Record<string, unknown>[] = [];
  const logDestination = new Writable({
    write(line, _encoding, done) {
      log.push(JSON.parse(String(line)));
      done();
    },
  });
  let bot: Bot | undefined;
  let people = 0;
  const testBot: TestBot = {
    discord,
    workflow,
    environment,
    log,
    user: (name) => discord.addUser({ username: name ?? `person-${++people}` }),
    admin: () => discord.user(adminId) ?? discord.addUser({ id: adminId, username: 'the-admin' }),
    start: async () => {
      bot = await createBot(options.config ?? config, environment, {
        logDestination,
        ...(options.clock ? { clock: options.clock } : {}),
      });
    },
    stop: async () => {
      await bot?.stop();
      bot = undefined;
    },
    [Symbol.asyncDispose]: async () => {
      await testBot.stop();
      for (const end of parts.reverse()) await end();
    },
  };
  try {
    await testBot.start();
  } catch (error) {
    await testBot[Symbol.asyncDispose]();
    throw error;
  }
  return testBot;
}
