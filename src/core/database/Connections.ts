import type { ClientConfig } from 'pg';
import { EvictingClient } from './EvictingClient.ts';

/** The open connections of one pool, so that all of them can be dropped when the server has gone. */
export class Connections {
  /** What the pool makes its connections of. */
  readonly Client: typeof EvictingClient;
  readonly #open = new Set<EvictingClient>();

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

  /** Those that answer nothing would be handed out again, one after the other, each costing somebody a deadline. */
  evictAll(): void {
    for (const client of this.#open) client.evict();
  }
}
