import { container } from '@sapphire/framework';
import pg from 'pg';
import type { RawEnvironment } from '../core/config.ts';
import type { Database } from '../core/database/Database.ts';
import { DatabaseSwitch } from '../simulator/DatabaseSwitch.ts';
import type { FaultProxy } from './network/FaultProxy.ts';
import { moveTime, prolongLeases } from './postgres/movableTime.ts';

interface Parts {
  /** Without `drop` it is the test's own. */
  readonly postgres: { readonly environment: RawEnvironment; drop?(): Promise<void> };
  /** What the bot reaches it through. */
  readonly proxy?: FaultProxy;
}

/** The test bot's database, to be looked into and to be taken away. */
export class TestBotDatabase implements AsyncDisposable {
  readonly #parts: Parts | undefined;
  /** What takes the embedded one away. */
  readonly #switch = new DatabaseSwitch();
  #client: Promise<pg.Client> | undefined;

  /** Without parts it is the embedded one. */
  constructor(parts?: Parts) {
    this.#parts = parts;
  }

  get isEmbedded(): boolean {
    return this.#parts === undefined;
  }

  /** What the bot needs to find it. */
  get environment(): RawEnvironment {
    if (!this.#parts) return { DB_HOST: undefined };
    const { postgres, proxy } = this.#parts;
    return { ...postgres.environment, ...(proxy ? { DB_HOST: proxy.host, DB_PORT: String(proxy.port) } : {}) };
  }

  /** For the bot, before each use of it. */
  get beforeQuery(): () => void {
    return this.#switch.beforeQuery;
  }

  /** Runs one statement with bound parameters (`$1` …) and returns its rows; on PostgreSQL also while the bot cannot. */
  async query<Row extends object = Record<string, unknown>>(
    sql: string,
    parameters: readonly unknown[] = [],
  ): Promise<Row[]> {
    if (!this.#parts) return theBots().query<Row>(sql, parameters);
    return (await (await this.#connected(this.#parts)).query(sql, [...parameters])).rows;
  }

  /** Takes it away, PostgreSQL as when its machine goes down; resolves when the bot has noticed. */
  async goDown(): Promise<void> {
    const database = theBots();
    if (this.#parts) await this.#network(this.#parts).refuse();
    else this.#switch.isDown = true;
    // Of the embedded one nobody hears before using it.
    await Promise.all([
      reached(database, 'degraded'),
      Promise.allSettled([database.attempt(() => database.query('SELECT'))]),
    ]);
  }

  /** Brings it back; resolves when the bot uses it again and has brought in what it wrote meanwhile. */
  async comeBack(): Promise<void> {
    if (this.#parts) await this.#network(this.#parts).heal();
    this.#switch.isDown = false;
    await reached(theBots(), 'connected');
  }

  /** Moves the time of its SQL functions, which in the embedded one follow the process by themselves. */
  async moveTime(milliseconds: number): Promise<void> {
    if (this.#parts) await moveTime(await this.#connected(this.#parts), milliseconds);
    else if (container.database) await container.database.query(prolongLeases, [milliseconds]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await (await this.#client)?.end();
    await this.#parts?.proxy?.[Symbol.asyncDispose]();
    await this.#parts?.postgres.drop?.();
  }

  #network({ proxy }: Parts): FaultProxy {
    if (proxy) return proxy;
    throw new Error('The bot was given a database of its own by DB_HOST: take that one down.');
  }

  #connected({ postgres }: Parts): Promise<pg.Client> {
    this.#client ??= connect(postgres.environment);
    return this.#client;
  }
}

function theBots(): Database {
  if (!container.database) throw new Error('The bot is stopped: start it before you use or move its database.');
  return container.database;
}

/** Settles when the bot says so of its database. */
async function reached(database: Database, state: Database['state']): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const look = (): void => {
    if (database.state === state) resolve();
  };
  const stopListening = database.onChange(look);
  look();
  await promise.finally(stopListening);
}

async function connect(environment: RawEnvironment): Promise<pg.Client> {
  const { DB_HOST: host, DB_PORT: port, DB_NAME: database, DB_USER: user, DB_PASSWORD: password } = environment;
  const client = new pg.Client({ host, port: Number(port), database, user, password });
  await client.connect();
  return client;
}
