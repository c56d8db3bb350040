import type { ClientConfig, Pool } from 'pg';
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
  #pool: Pick<Pool, 'totalCount' | 'idleCount' | 'waitingCount'> | undefined;

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

  /** Those that answer nothing would be handed out again, one after the other, each costing somebody a deadline. */
  evictAll(): void {
    for (const client of this.#open) client.evict();
  }
}
