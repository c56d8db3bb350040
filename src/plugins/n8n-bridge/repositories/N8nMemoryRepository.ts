import { type Database, UnavailableError } from '#core';

/**
 * What n8n's own memory node remembers of people, in its table beside ours. The table belongs to n8n and to another
 * role perhaps, so it has no stand-in while the database is away, and trouble with it says nothing of our own tables.
 */
export class N8nMemoryRepository {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * Notes that what one person, or (undefined) everyone, said up to a moment is erased. To be awaited before the memory
   * is cleared, so that no turn that ends meanwhile leaves anything, on whichever instance.
   */
  async markErased(discordId: string | undefined, at: Date): Promise<void> {
    const values = [discordId ?? null, at.toISOString()];
    await this.#database.attempt(() => this.#database.query('SELECT mark_flushed($1, $2)', values));
  }

  /**
   * Whether what a person said at a moment was erased since; `no memory` where n8n keeps none here, undefined while the
   * database does not tell.
   */
  async wasErased(discordId: string, at: Date): Promise<boolean | 'no memory' | undefined> {
    const sql =
      "SELECT $2::timestamptz <= erased_before($1) AS erased, to_regclass('n8n_chat_histories') IS NULL AS none";
    try {
      const ask = () => this.#database.query<{ erased: boolean; none: boolean }>(sql, [discordId, at.toISOString()]);
      const [row] = await this.#database.attempt(ask);
      return row?.none ? 'no memory' : row?.erased === true;
    } catch (error) {
      if (error instanceof UnavailableError || this.#database.state === 'degraded') return undefined;
      throw error;
    }
  }

  /** Erases one person's sessions; returns the number of rows, 0 where n8n keeps no memory here. */
  flushUser(discordId: string): Promise<number> {
    return this.#count('SELECT flush_n8n_memory($1) AS n', [discordId]);
  }

  /** The same for everyone. */
  flushAll(): Promise<number> {
    return this.#count('SELECT flush_all_n8n_memory() AS n');
  }

  /** One person's messages as n8n keeps them, oldest first. */
  async getMessages(discordId: string): Promise<{ readonly sessionId: string; readonly message: unknown }[]> {
    const sql = 'SELECT * FROM get_n8n_memory($1)';
    const rows = await this.#query<{ session_id: string; message: unknown }>(sql, [discordId]);
    return rows.map(({ session_id, message }) => ({ sessionId: session_id, message }));
  }

  async #count(sql: string, values: readonly string[] = []): Promise<number> {
    const [row] = await this.#query<{ n: string | number }>(sql, values);
    return Number(row?.n);
  }

  async #query<Row extends object>(sql: string, values: readonly string[]): Promise<Row[]> {
    if (this.#database.state === 'degraded')
      throw new Error("The database does not answer, and n8n's memory is in it.");
    return this.#database.query<Row>(sql, values);
  }
}
