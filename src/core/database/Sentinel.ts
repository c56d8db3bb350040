import { Client } from 'pg';
import type { KernelEnvironment } from '../kernelEnvironment.ts';
import { withDeadline } from '../withDeadline.ts';
import { sslOptions } from './createOrm.ts';
import { DatabaseClosedError } from './DatabaseClosedError.ts';

/** What another instance erased, or this one: everything of a person (or of everyone) from before a moment. */
export interface Erasure {
  readonly person: string | undefined;
  readonly before: Date;
  readonly scope: 'conversations' | 'everything';
}

export interface SentinelOptions {
  readonly env: KernelEnvironment;
  onErased(erasure: Erasure): void;
  /** The connection was lost; until the next check what others erase is not heard. */
  onLost(error: Error): void;
}

const channel = 'steward_erased';

/** Watches the database on a connection of its own: whether it lives and takes writes, and what other instances erase. */
export class Sentinel {
  readonly #options: SentinelOptions;
  #client: Client | undefined;
  #checking: Promise<void> | undefined;
  #isClosed = false;

  constructor(options: SentinelOptions) {
    this.#options = options;
  }

  /**
   * Asks for a sign of life within so many milliseconds; who asks meanwhile waits for the same answer.
   * @throws Error when there is none, or when the database takes no writes
   */
  check(milliseconds: number): Promise<void> {
    this.#checking ??= this.#check(milliseconds).finally(() => {
      this.#checking = undefined;
    });
    return this.#checking;
  }

  /** Watches no longer. */
  close(): void {
    this.#isClosed = true;
    this.drop();
  }

  /** Lets go of the connection, which may be dead. */
  drop(): void {
    const client = this.#client;
    this.#client = undefined;
    if (!client) return;
    client.removeAllListeners();
    // What it may still say about its end is of no interest any more.
    client.on('error', () => undefined);
    (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
  }

  async #check(milliseconds: number): Promise<void> {
    try {
      await withDeadline(this.#ask(milliseconds), milliseconds);
    } catch (error) {
      this.drop();
      throw error;
    }
  }

  async #ask(milliseconds: number): Promise<void> {
    const client = this.#client ?? (await this.#connect(milliseconds));
    const { rows } = await client.query<{ transaction_read_only: string }>('SHOW transaction_read_only');
    if (rows[0]?.transaction_read_only === 'on')
      throw Object.assign(new Error('The database is read-only.'), { code: '25006' });
  }

  async #connect(milliseconds: number): Promise<Client> {
    if (this.#isClosed) throw new DatabaseClosedError();
    const { env, onLost } = this.#options;
    const client = new Client({
      host: env.DB_HOST,
      port: env.DB_PORT,
      database: env.DB_NAME,
      user: env.DB_USER,
      password: env.DB_PASSWORD,
      ssl: sslOptions(env),
      application_name: 'steward',
      connectionTimeoutMillis: milliseconds,
      keepAlive: true,
    });
    this.#client = client;
    const lost = (error: Error): void => {
      if (this.#client !== client) return;
      this.drop();
      onLost(error);
    };
    client.on('notification', ({ payload }) => {
      const told = readErasure(payload);
      if (told) this.#confirm(client, told).catch(lost);
    });
    client.on('error', lost);
    await client.connect();
    client.once('end', () => lost(new Error('The database closed the connection.')));
    await client.query(`LISTEN ${channel}`);
    return client;
  }

  // Anyone who may connect may send a notification: the tables, which only the bot writes, say what was erased.
  async #confirm(client: Client, { person, scope }: Erasure): Promise<void> {
    const { rows } = await client.query<{ ms: number }>(
      `SELECT 1000 * extract(epoch FROM before)::double precision AS ms FROM erasures_since('-infinity')
       WHERE scope = $2 AND (person = $1::text OR ($1::text IS NULL AND person IS NULL))`,
      [person, scope],
    );
    for (const { ms } of rows) this.#options.onErased({ person, before: new Date(ms), scope });
  }
}

// What is none of ours is left alone.
function readErasure(payload = ''): Erasure | undefined {
  try {
    const { person, before, scope } = JSON.parse(payload);
    const moment = new Date(typeof before === 'string' ? before : Number.NaN);
    if (Number.isNaN(moment.getTime()) || (scope !== 'conversations' && scope !== 'everything')) return undefined;
    // Only null is everyone.
    if (person !== null && typeof person !== 'string') return undefined;
    return { person: person ?? undefined, before: moment, scope };
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return undefined;
    throw error;
  }
}
