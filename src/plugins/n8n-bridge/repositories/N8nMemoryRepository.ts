import type { Database } from '#core';

/** What n8n's own memory node remembers of people, in its table beside ours. */
export interface N8nMemoryRepository {
  /** Erases one person's sessions; returns the number of rows, 0 where n8n keeps no memory here. */
  flushUser(discordId: string): Promise<number>;
}

export class DatabaseN8nMemoryRepository implements N8nMemoryRepository {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async flushUser(discordId: string): Promise<number> {
    const [row] = await this.#database.query<{ n: string | number }>('SELECT flush_n8n_memory($1) AS n', [discordId]);
    return Number(row?.n);
  }
}

/** n8n's table is out of reach while the database is away. */
export class UnreachableN8nMemoryRepository implements N8nMemoryRepository {
  async flushUser(_discordId: string): Promise<number> {
    throw new Error("The database does not answer, and n8n's memory is in it.");
  }
}
