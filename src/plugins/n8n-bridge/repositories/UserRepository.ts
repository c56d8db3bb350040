import { type Database, UnavailableError } from '#core';

/** Who is known to the bot. */
export class UserRepository {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** The name of a person: null where nobody has that id or they are forgotten, undefined while the database does not tell. */
  async findUsername(discordId: string): Promise<string | null | undefined> {
    const sql = 'SELECT username FROM users WHERE discord_id = $1';
    try {
      const [row] = await this.#database.attempt(() => this.#database.query<{ username: string }>(sql, [discordId]));
      // Who was forgotten, or never said a name, is called by the id.
      return row === undefined || row.username === discordId ? null : row.username;
    } catch (error) {
      if (error instanceof UnavailableError) return undefined;
      throw error;
    }
  }
}
