import { randomUUID } from 'node:crypto';
import type { Clock, Database, WriteOptions } from '#core';
import type { KeptEntry, WishListRepository } from './WishListRepository.ts';

interface EntryRow {
  key: string;
  text: string;
  at: string;
}

/** Lists in PostgreSQL. */
export class DatabaseWishListRepository implements WishListRepository {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #retention: number;

  /** An entry is kept so many milliseconds. */
  constructor(database: Database, clock: Clock, retention: number) {
    this.#database = database;
    this.#clock = clock;
    this.#retention = retention;
  }

  async add(
    discordId: string,
    username: string,
    text: string,
    { key = randomUUID(), at = new Date(this.#clock.now()) }: WriteOptions = {},
  ): Promise<void> {
    const values = [discordId, username, text, at.toISOString(), key];
    await this.#database.query('SELECT add_wish_list_entry($1, $2, $3, $4, $5)', values);
  }

  async remove(discordId: string, entry: string): Promise<void> {
    await this.#database.query(
      'DELETE FROM wish_list_entries WHERE key = $2 AND user_id = (SELECT id FROM users WHERE discord_id = $1)',
      [discordId, entry],
    );
  }

  async list(discordId: string): Promise<KeptEntry[]> {
    const since = new Date(this.#clock.now() - this.#retention).toISOString();
    const rows = await this.#database.query<EntryRow>(
      `SELECT e.key, e.text, e.at FROM wish_list_entries e JOIN users u ON u.id = e.user_id
       WHERE u.discord_id = $1 AND e.at > $2 ORDER BY e.at, e.key COLLATE "C"`,
      [discordId, since],
    );
    return rows.map(({ key, text, at }) => ({ key, text, at: new Date(at) }));
  }
}
