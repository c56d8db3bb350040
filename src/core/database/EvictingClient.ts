import { Client, type ClientConfig } from 'pg';

/**
 * A pg client that leaves the pool when the server stops answering: after a read time-out its socket is destroyed.
 * Without this the pool hands the dead connection to the next query, and to every one after it.
 */
export class EvictingClient extends Client {
  constructor(config?: string | ClientConfig) {
    super(config);
    const query = this.query.bind(this) as (...args: unknown[]) => unknown;
    this.query = ((...args: unknown[]) => {
      const result = query(...args);
      if (result instanceof Promise) result.catch((error: Error) => this.#evictAfter(error));
      return result;
    }) as typeof this.query;
  }

  #evictAfter(error: Error): void {
    if (error.message !== 'Query read timeout') return;
    const { connection } = this as unknown as { connection: { stream: { destroy(): void } } };
    connection.stream.destroy();
  }
}
