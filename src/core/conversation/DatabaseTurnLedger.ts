import type { Database } from '../database/Database.ts';
import type { Claim, TurnLedger } from './TurnLedger.ts';

/** The ledger in the `turns` table: a message is claimed by whoever inserts its row. */
export class DatabaseTurnLedger implements TurnLedger {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async claim({ messageId, userId, channelId }: Claim): Promise<boolean> {
    const rows = await this.#database.query(
      `INSERT INTO turns (message_id, discord_id, channel_id) VALUES ($1, $2, $3)
       ON CONFLICT (message_id) DO NOTHING RETURNING message_id`,
      [messageId, userId, channelId],
    );
    return rows.length === 1;
  }

  async finish(messageId: string): Promise<void> {
    await this.#database.query('UPDATE turns SET finished_at = now() WHERE message_id = $1', [messageId]);
  }
}
