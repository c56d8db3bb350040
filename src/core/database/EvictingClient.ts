import { Client, type ClientConfig } from 'pg';
import { queryTimeout } from './queryTimeout.ts';

type Query = (...parameters: unknown[]) => unknown;

/** Errors after which a connection is of no use any more: no answer came, or the session may only read. */
const useless = (error: Error): boolean =>
  error.message === 'Query read timeout' || (error as { code?: unknown }).code === '25006';

/**
 * A pg client that leaves the pool when its connection has become useless: its socket is destroyed. Without this the
 * pool hands the dead connection to the next query, and to every one after it. A query takes no longer than
 * `queryTimeout` says.
 */
export class EvictingClient extends Client {
  constructor(config?: string | ClientConfig) {
    super(config);
    const query = this.query.bind(this) as Query;
    this.query = ((...parameters: unknown[]) => {
      const result = query(...withTimeout(parameters));
      if (result instanceof Promise) result.catch((error: Error) => useless(error) && this.evict());
      return result;
    }) as typeof this.query;
  }

  /** Breaks the connection off, whatever the server does. */
  evict(): void {
    const inside = this as unknown as { _queryable: boolean; connection: { stream: { destroy(): void } } };
    // Else the pool would give it to whoever waits, until it hears that the socket has closed.
    inside._queryable = false;
    inside.connection.stream.destroy();
  }
}

// pg takes a time-out of its own for a query only when text and values come as one object.
function withTimeout(parameters: unknown[]): unknown[] {
  const timeout = queryTimeout.getStore();
  const [text, values, ...rest] = parameters;
  if (timeout === undefined || typeof text !== 'string' || typeof values === 'function') return parameters;
  return [{ text, values, query_timeout: timeout }, ...rest];
}
