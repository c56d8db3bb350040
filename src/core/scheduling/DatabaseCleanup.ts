import type { Database } from '../database/Database.ts';

/**
 * Removes old rows by a SQL function of the database. Not resilient: a batch that is slow or fails says nothing about
 * the database's availability, and nothing has to be done in its place.
 */
export class DatabaseCleanup {
  readonly #database: Database;
  readonly #call: string;

  constructor(database: Database, call: string) {
    this.#database = database;
    this.#call = call;
  }

  /** Removes at most so many rows in one transaction; returns how many. */
  async remove(limit: number): Promise<number> {
    const [row] = await this.#database.query<{ n: string | number }>(`SELECT ${this.#call} AS n`, [limit]);
    return Number(row?.n);
  }
}
