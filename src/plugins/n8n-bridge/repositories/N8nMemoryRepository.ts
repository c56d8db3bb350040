import type { Database } from '#core';

/**
 * What n8n's own memory node remembers of people, in its table beside ours. The table belongs to n8n and to another
 * role perhaps, so it has no stand-in while the database is away, and trouble with it says nothing of our own tables.
 */
export class N8nMemoryRepository {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Erases one person's sessions; returns the number of rows, 0 where n8n keeps no memory here. */
  async flushUser(discordId: string): Promise<number> {
    if (this.#database.state === 'degraded')
      throw new Error("The database does not answer, and n8n's memory is in it.");
    const [row] = await this.#database.query<{ n: string | number }>('SELECT flush_n8n_memory($1) AS n', [discordId]);
    return Number(row?.n);
  }
}
