import type { Clock, Database, Exchange, WriteOptions } from '#core';
import type { ConversationRepository } from './ConversationRepository.ts';

interface ContextRow {
  user_message: string;
  ai_response: string;
  timestamp: string;
}

/** Conversations in PostgreSQL. */
export class DatabaseConversationRepository implements ConversationRepository {
  readonly #database: Database;
  readonly #clock: Clock;

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  async saveMessage(
    discordId: string,
    username: string,
    userMessage: string,
    aiResponse: string,
    options: WriteOptions = {},
  ): Promise<void> {
    const values = [discordId, username, userMessage, aiResponse, this.#moment(options), options.key ?? null];
    await this.#database.query('SELECT save_conversation($1, $2, $3, $4, $5, $6)', values);
  }

  async getRecentMessages(discordId: string, limit: number): Promise<Exchange[]> {
    const rows = await this.#database.query<ContextRow>('SELECT * FROM get_user_context($1, $2)', [discordId, limit]);
    return rows.map((row) => ({
      userMessage: row.user_message,
      aiResponse: row.ai_response,
      timestamp: new Date(row.timestamp),
    }));
  }

  async flushUserConversations(discordId: string, options: Pick<WriteOptions, 'at'> = {}): Promise<number> {
    return this.#count('SELECT flush_user_conversations($1, $2) AS n', [discordId, this.#moment(options)]);
  }

  async flushAllConversations(options: Pick<WriteOptions, 'at'> = {}): Promise<number> {
    return this.#count('SELECT flush_all_conversations($1) AS n', [this.#moment(options)]);
  }

  async #count(sql: string, values: readonly unknown[]): Promise<number> {
    const [row] = await this.#database.query<{ n: string | number }>(sql, values);
    return Number(row?.n);
  }

  #moment({ at }: Pick<WriteOptions, 'at'>): string {
    return (at ?? new Date(this.#clock.now())).toISOString();
  }
}
