import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { inject } from 'vitest';
import everything from '../../sapphire.config.ts';
import type { RawEnvironment } from '../core/config.ts';
import { type Bot, createBot } from '../core/createBot.ts';
import type { Config } from '../core/defineConfig.ts';
import type { Plugin } from '../core/definePlugin.ts';
import { DiscordSimulator } from '../simulator/DiscordSimulator.ts';
import type { SimulatedUser } from '../simulator/SimulatedUser.ts';
import { StandInWorkflow } from '../simulator/StandInWorkflow.ts';
import { BotClock } from './BotClock.ts';
import type { TestClock } from './ControlledClock.ts';
import { FaultProxy } from './network/FaultProxy.ts';
import { takePlace } from './onlyBot.ts';
import { createBotDatabase } from './postgres/botDatabase.ts';
import { prepareEmbedded } from './prepareEmbedded.ts';
import { runTaskNow } from './runTaskNow.ts';
import { TestBotDatabase } from './TestBotDatabase.ts';
import { TestUser } from './TestUser.ts';

/** Whose ids are an admin's and a moderator's in the test bot. */
export const adminId = '300000000000000009';
export const moderatorId = '300000000000000007';

/** The whole bot in a simulated Discord, with a workflow and a database of its own; all of it ends with the test. */
export interface TestBot extends AsyncDisposable {
  readonly discord: DiscordSimulator;
  /** Answers chats; `answer` says with what. */
  readonly workflow: StandInWorkflow;
  readonly database: TestBotDatabase;
  readonly clock: TestClock;
  readonly environment: RawEnvironment;
  /** What the bot has logged, line by line. */
  readonly log: readonly Record<string, unknown>[];
  /** The person of that name; without one a new person. */
  user(name?: string): TestUser;
  moderator(): TestUser;
  admin(): TestUser;
  /** A new person, to be driven step by step. */
  person(name?: string): SimulatedUser;
  /** Runs a scheduled task now. @throws what it throws */
  runTask(name: string): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** A new run of the bot on the same data. */
  restart(): Promise<void>;
}

export interface TestBotOptions {
  /** Instead of those of sapphire.config.ts; the bot's own commands, listeners and words stay. */
  plugins?: readonly Plugin[];
  config?: Config;
  /** Variables over the defaults; with a `DB_HOST` the database is the test's own business. */
  environment?: RawEnvironment;
  /** By default a PostgreSQL where the test run has one, see globalSetup.ts. */
  database?: 'postgres' | 'embedded';
  /** By default the time of everything around the bot, see BotClock; another moves the bot's own rules only. */
  clock?: TestClock;
}

/** Starts a bot for tests; one at a time. @throws KernelError as the bot's own start does */
export async function startTestBot(options: TestBotOptions = {}): Promise<TestBot> {
  const { plugins = options.config?.plugins ?? everything.plugins } = options;
  const config = { ...(options.config ?? everything), plugins };
  const parts = new AsyncDisposableStack();
  const started = Promise.withResolvers<void>();
  // Whoever is next waits also for a bot that starts for longer than its test goes on.
  const leave = await takePlace(() => started.promise.then(() => parts.disposeAsync()));
  await using made = new AsyncDisposableStack();
  made.defer(leave);
  made.defer(started.resolve);
  const discord = made.use(await DiscordSimulator.start());
  // Each person listens.
  discord.setMaxListeners(0);
  const workflow = made.use(await StandInWorkflow.start());
  workflow.answer = ({ message }) => ({ body: { output: `You said: ${message}` } });
  const dataDir = await mkdtemp(join(tmpdir(), 'steward-test-'));
  made.defer(() => rm(dataDir, { recursive: true, force: true }));
  const database = made.use(await openDatabase(options));
  if (database.isEmbedded) await prepareEmbedded(dataDir);
  const time = made.use(new BotClock((milliseconds) => database.moveTime(milliseconds)));
  const clock = options.clock ?? time;
  const environment: RawEnvironment = {
    DISCORD_TOKEN: discord.token,
    DISCORD_API_URL: discord.apiUrl,
    N8N_WEBHOOK_URL: workflow.url,
    HEALTH_CHECK_PORT: '0',
    DATA_DIR: dataDir,
    ADMIN_IDS: adminId,
    MODERATOR_IDS: moderatorId,
    ...database.environment,
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
  const users = new Map<string, TestUser>();
  const ending = new AbortController();
  made.defer(() => ending.abort());
  const surroundings = { ready: () => time.moved, ended: ending.signal };
  const person = (name = `person-${++people}`): SimulatedUser => discord.addUser({ username: name });
  const user = (name: string, make: () => SimulatedUser): TestUser => {
    const known = users.get(name) ?? new TestUser(discord, make(), surroundings);
    users.set(name, known);
    return known;
  };
  const start = async (): Promise<void> => {
    bot = await createBot(config, environment, { logDestination, clock, beforeQuery: database.beforeQuery });
  };
  const stop = async (): Promise<void> => {
    await bot?.stop();
    bot = undefined;
  };
  made.defer(stop);
  await start();
  parts.use(made.move());
  started.resolve();
  return {
    ...{ discord, workflow, database, clock, environment, log, person, start, stop },
    user: (name = `person-${++people}`) => user(name, () => person(name)),
    moderator: () => user('the-moderator', () => withId(discord, moderatorId, 'the-moderator')),
    admin: () => user('the-admin', () => withId(discord, adminId, 'the-admin')),
    runTask: async (name) => {
      await time.moved;
      await runTaskNow(name);
    },
    restart: async () => {
      await stop();
      await start();
    },
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

const withId = (discord: DiscordSimulator, id: string, username: string): SimulatedUser =>
  discord.user(id) ?? discord.addUser({ id, username });

async function openDatabase({ database, environment = {} }: TestBotOptions): Promise<TestBotDatabase> {
  if (environment.DB_HOST !== undefined) return new TestBotDatabase({ postgres: { environment } });
  const kind = database ?? ('DB_HOST' in environment || !inject('postgres') ? 'embedded' : 'postgres');
  if (kind === 'embedded') return new TestBotDatabase();
  const postgres = await createBotDatabase();
  const { DB_HOST: host = '', DB_PORT } = postgres.environment;
  return new TestBotDatabase({ postgres, proxy: await FaultProxy.start({ host, port: Number(DB_PORT) }) });
}
