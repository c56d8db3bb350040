import type { Journal } from '../journal/Journal.ts';
import type { Log } from '../log/createLog.ts';
import type { Connection } from './Connection.ts';

/** What the backlog works with. */
export interface BacklogOptions {
  readonly journal: Journal;
  readonly log: Log;
  readonly connection: Pick<Connection, 'query' | 'transaction'>;
  /** Whether writes can go to the database itself. */
  isReachable(): boolean;
  /** Whether it is in use, up to date and all; while it is not, everybody's writes wait. */
  isConnected(): boolean;
  /** Is told when a write has been kept. */
  onKept(): void;
}
