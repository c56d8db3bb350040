import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { onTestFailed } from 'vitest';
import { DiscordSimulator } from '../../src/simulator/DiscordSimulator.ts';
import type { SimulatedUser } from '../../src/simulator/SimulatedUser.ts';
import { StandInWorkflow } from '../../src/simulator/StandInWorkflow.ts';
import { FaultProxy } from '../../src/testing/network/FaultProxy.ts';
import { stablePort } from '../../src/testing/network/stablePort.ts';
import { PostgresServer } from '../../src/testing/postgres/PostgresServer.ts';
import { type Audit, audit, type Tolerance } from './audit.ts';
import { answerTo, Correspondence } from './Correspondence.ts';
import { Instance } from './Instance.ts';
import { query, readRows } from './readRows.ts';

interface BenchOptions {
  /** How many bots run, all with one token; default 1. */
  bots?: number;
  /** Variables over the bench's own, for all bots or by their numbers. */
  environment?: Environment | ((bot: number) => Environment);
  /** The folder of the bots' data folders; default one of the bench's own. */
  folder?: string;
  /** What befalls PostgreSQL or the network before the first bot is started. */
  before?: (surroundings: Pick<FaultBench, 'postgres' | 'proxy' | 'discord' | 'workflow'>) => unknown;
}

type Environment = Record<string, string | undefined>;

interface Traffic {
  perSecond: number;
  forMs: number;
  /** They take turns. */
  people: readonly SimulatedUser[];
}

interface Parts {
  discord: DiscordSimulator;
  workflow: StandInWorkflow;
  postgres: PostgresServer;
  proxy: FaultProxy;
  bots: readonly Instance[];
  database: string;
}

const POLL_MS = 100;

/** Whole bots in processes of their own, with everything around them in the hands of a test that makes it fail. */
export class FaultBench implements AsyncDisposable {
  readonly discord: DiscordSimulator;
  readonly workflow: StandInWorkflow;
  readonly postgres: PostgresServer;
  /** The only way from the bots to PostgreSQL. */
  readonly proxy: FaultProxy;
  readonly bots: readonly Instance[];
  readonly correspondence: Correspondence;
  readonly #database: string;
  readonly #resources: AsyncDisposableStack;
  #isOver = false;

  /** Starts all of it, inside a test: when that fails, it shows what the bots warned of. Settles when every bot takes messages. */
  static async start({ bots = 1, environment = {}, before, ...options }: BenchOptions = {}): Promise<FaultBench> {
    await using resources = new AsyncDisposableStack();
    const discord = resources.use(await DiscordSimulator.start());
    const workflow = resources.use(await StandInWorkflow.start());
    workflow.answer = ({ message }) => ({ body: { output: answerTo(message) } });
    const postgres = resources.use(await PostgresServer.start({ port: await stablePort() }));
    const database = await postgres.createDatabase();
    const proxy = resources.use(await FaultProxy.start(postgres));
    const folder = await mkdtemp(join(options.folder ?? tmpdir(), 'steward-faults-'));
    resources.defer(() => rm(folder, { recursive: true, force: true }));
    const variables = (bot: number) => ({
      DISCORD_TOKEN: discord.token,
      DISCORD_API_URL: discord.apiUrl,
      N8N_WEBHOOK_URL: workflow.url,
      RATE_LIMIT_MAX: '10000',
      ...postgres.environment(database),
      DB_HOST: proxy.host,
      DB_PORT: String(proxy.port),
      ...(typeof environment === 'function' ? environment(bot) : environment),
    });
    const instances = Array.from({ length: bots }, (_, index) =>
      resources.use(new Instance(`bot ${index}`, join(folder, `bot-${index}`), variables(index))),
    );
    onTestFailed(() => showWarnings(instances));
    await before?.({ postgres, proxy, discord, workflow });
    await Promise.all(instances.map((instance) => instance.start()));
    const parts = { discord, workflow, postgres, proxy, bots: instances, database };
    return new FaultBench(parts, resources.move());
  }

  private constructor({ discord, workflow, postgres, proxy, bots, database }: Parts, resources: AsyncDisposableStack) {
    this.discord = discord;
    this.workflow = workflow;
    this.postgres = postgres;
    this.proxy = proxy;
    this.bots = bots;
    this.correspondence = new Correspondence(discord, workflow);
    this.#database = database;
    this.#resources = resources;
  }

  /** Brings people into the world who have never written to the bot. */
  people(count: number): SimulatedUser[] {
    const known = this.discord.users.length;
    return Array.from({ length: count }, (_, index) =>
      this.discord.addUser({ username: `person-${known + index + 1}` }),
    );
  }

  /** Lets people write at a steady pace, whatever comes back; settles when the last message has been sent. */
  async traffic({ perSecond, forMs, people }: Traffic): Promise<void> {
    const count = Math.floor((perSecond * forMs) / 1_000);
    const startedAt = performance.now();
    for (let index = 0; index < count; index += 1) {
      // By the schedule and not by the last message: a late timer makes the next pause shorter.
      const early = startedAt + (index * 1_000) / perSecond - performance.now();
      if (early > 0) await delay(early);
      // A test that failed meanwhile has nobody left to write to.
      if (this.#isOver) return;
      this.correspondence.say(people[index % people.length] as SimulatedUser);
    }
  }

  /** Settles when so many messages have been sent in all: the moment for a fault. */
  async sent(count: number): Promise<void> {
    await this.correspondence.reached(count);
  }

  /** Ends a bot by SIGKILL. */
  async kill(bot = 0): Promise<void> {
    await this.#bot(bot).kill();
  }

  /** Starts a bot on the data folder that it had, after ending it if it runs; settles when it takes messages. */
  async restart(bot = 0, environment: Environment = {}): Promise<void> {
    await this.#bot(bot).start(environment);
  }

  /** Ends PostgreSQL by SIGKILL; connections are refused from then on. */
  async killPostgres(): Promise<void> {
    await this.postgres.kill();
    await this.proxy.refuse();
  }

  /** Starts PostgreSQL on the data that it had, with a sound network in front of it. */
  async restartPostgres(): Promise<void> {
    await this.postgres.restart();
    await this.proxy.heal();
  }

  /**
   * Settles when every message has been reacted to and every running bot is connected with an empty journal.
   * @throws Error that tells what is still open, after so many milliseconds
   */
  async settled(withinMs = 60_000): Promise<void> {
    const endsAt = performance.now() + withinMs;
    for (;;) {
      const open = await this.#open();
      if (open.length === 0) return;
      if (performance.now() > endsAt) throw new Error(this.#complaint(open, withinMs));
      // What is under way inside another process has no event to wait for.
      await delay(POLL_MS);
    }
  }

  /** Ends all bots as an operator does, so that nothing changes any more; returns their exit statuses. */
  stop(): Promise<(number | NodeJS.Signals | null | undefined)[]> {
    return Promise.all(this.bots.map((bot) => bot.stop()));
  }

  /** Asks the database past the bots and past every fault between them and it. */
  async query<Row extends object>(sql: string): Promise<Row[]> {
    return query<Row>(this.#address, sql);
  }

  /** What became of every message; PostgreSQL must be running, the network to it need not be. */
  async audit(tolerance?: Tolerance): Promise<Audit> {
    return audit(this.correspondence, await readRows(this.#address), tolerance);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    await this.#resources.disposeAsync();
  }

  get #address() {
    const { host, port, user, password } = this.postgres;
    return { host, port, user, password, database: this.#database };
  }

  #bot(index: number): Instance {
    const bot = this.bots[index];
    if (!bot) throw new Error(`There is no bot ${index}: the bench has ${this.bots.length}, counted from 0.`);
    return bot;
  }

  async #open(): Promise<string[]> {
    const messages = this.correspondence.open.map(
      ({ number, username, id }) => `message ${number} of ${username} (${id})`,
    );
    const bots = this.bots.filter(({ isRunning }) => isRunning).map((bot) => openAt(bot));
    return [...messages.map((message) => `${message} has no answer`), ...(await Promise.all(bots)).flat()];
  }

  #complaint(open: readonly string[], withinMs: number): string {
    const shown = [...open.slice(0, 30), ...(open.length > 30 ? [`and ${open.length - 30} more`] : [])];
    const what = `${open.length} thing(s) of ${this.correspondence.sent.length} messages are open after ${withinMs} ms`;
    return `${what}:\n  ${shown.join('\n  ')}`;
  }
}

/** A failed scenario is read together with what the bots had to say about it. */
function showWarnings(bots: readonly Instance[]): void {
  for (const bot of bots) process.stderr.write(`${bot.name} warned last:\n  ${bot.warnings().join('\n  ')}\n`);
}

/** What a bot has not finished; an error that it does not answer is one of those things. */
async function openAt(bot: Instance): Promise<string[]> {
  try {
    const { database, journal, discord } = await bot.health();
    return [
      ...(database === 'connected' ? [] : [`${bot.name} says that the database is ${database}`]),
      ...(journal?.writes ? [`${bot.name} has ${journal.writes} write(s) in its journal`] : []),
      ...(journal?.answers ? [`${bot.name} has ${journal.answers} answer(s) in its journal`] : []),
      ...(discord.turnsInHand ? [`${bot.name} has ${discord.turnsInHand} turn(s) in hand`] : []),
    ];
  } catch (error) {
    return [`${bot.name} does not answer: ${error instanceof Error ? (error.cause ?? error) : error}`];
  }
}
