import { createHash } from 'node:crypto';
import type { ClientConfig, Pool, QueryConfig } from 'pg';
import { EvictingClient } from './EvictingClient.ts';

/** How many connections are in use, how many are open besides, and how many callers wait for one. */
export interface PoolState {
  readonly used: number;
  readonly idle: number;
  readonly waiting: number;
}

/** The open connections of one pool, so that all of them can be dropped when the server has gone. */
export class Connections {
  /** What the pool makes its connections of. */
  readonly Client: typeof EvictingClient;
  readonly #open = new Set<EvictingClient>();
  #pool: Pool | undefined;
  /** The names of statements that are prepared. */
  readonly #names = new Map<string, string>();

  constructor() {
    const open = this.#open;
    this.Client = class extends EvictingClient {
      constructor(config?: string | ClientConfig) {
        super(config);
        open.add(this);
        this.once('end', () => open.delete(this));
      }
    };
  }

  /** The pool that makes them; of two, the first one: the other is a migration's, and goes again. */
  attach(pool: Pool): void {
    this.#pool ??= pool;
  }

  get state(): PoolState {
    const { totalCount = 0, idleCount = 0, waitingCount = 0 } = this.#pool ?? {};
    return { used: totalCount - idleCount, idle: idleCount, waiting: waitingCount };
  }

  /**
   * Runs one of few statements, which each connection prepares once (https://node-postgres.com/features/queries#prepared-statements):
   * to plan it takes longer than to run it. Undefined before there is a pool.
   */
  async runPrepared(text: string, values: readonly string[], timeout: number): Promise<unknown[] | undefined> {
    const client = await this.#pool?.connect();
    if (!client) return undefined;
    const name = this.#names.get(text) ?? createHash('sha256').update(text).digest('base64url');
    this.#names.set(text, name);
    // Its time-out is not in the types: https://node-postgres.com/apis/client#query-config
    const query: QueryConfig & { query_timeout: number } = { name, text, values: [...values], query_timeout: timeout };
    try {
      return (await client.query<object>(query)).rows;
    } finally {
      client.release();
    }
  }

  /** Those that answer nothing would be handed out again, one after the other, each costing somebody a deadline. */
  evictAll(): void {
    for (const client of this.#open) client.evict();
  }
}
