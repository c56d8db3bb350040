import type { Clock, Database, Exchange, SqlFunction, WriteOptions } from '#core';
import { type ConversationRepository, type KeyedExchange, withoutKey } from './ConversationRepository.ts';

interface ExchangeRow {
  user_message: string;
  ai_response: string;
  timestamp: string;
  key: string | null;
}

const saveConversation: SqlFunction = {
  name: 'save_conversation',
  parameters: ['text', 'text', 'text', 'text', 'timestamptz', 'text'],
};
const getRecentExchanges: SqlFunction = { name: 'get_recent_exchanges', parameters: ['text', 'integer'] };

/** Exchanges that are asked for together with other people's. */
const mostTogether = 100;

/** Is told what the database knows of a person: the newest exchanges, at most `limit`, oldest first. */
export type OnRecalled = (discordId: string, exchanges: readonly KeyedExchange[], limit: number) => void;

/** Conversations in PostgreSQL. */
export class DatabaseConversationRepository implements ConversationRepository {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #onRecalled: OnRecalled | undefined;

  /** `onRecalled` is how a mirror learns, with keys, what callers get without them. */
  constructor(database: Database, clock: Clock, onRecalled?: OnRecalled) {
    this.#database = database;
    this.#clock = clock;
    this.#onRecalled = onRecalled;
  }

  async saveMessage(
    discordId: string,
    username: string,
    userMessage: string,
    aiResponse: string,
    options: WriteOptions = {},
  ): Promise<void> {
    const values = [discordId, username, userMessage, aiResponse, this.#moment(options), options.key ?? null];
    await this.#database.call(saveConversation, values, discordId);
  }

  async getRecentMessages(discordId: string, limit: number): Promise<Exchange[]> {
    // What a turn recalls is little, what somebody takes out is not: nobody else's message waits for that.
    const values = [discordId, limit];
    const rows =
      limit <= mostTogether
        ? await this.#database.call<ExchangeRow>(getRecentExchanges, values, discordId)
        : await this.#database.query<ExchangeRow>('SELECT * FROM get_recent_exchanges($1, $2)', values);
    const exchanges = rows.map((row) => ({
      userMessage: row.user_message,
      aiResponse: row.ai_response,
      timestamp: new Date(row.timestamp),
      key: row.key ?? undefined,
    }));
    this.#onRecalled?.(discordId, exchanges, limit);
    return exchanges.map(withoutKey);
  }

  async flushUserConversations(discordId: string, options: WriteOptions = {}): Promise<number> {
    return this.#count('SELECT flush_user_conversations($1, $2) AS n', [discordId, this.#moment(options)]);
  }

  async flushAllConversations(options: WriteOptions = {}): Promise<number> {
    return this.#count('SELECT flush_all_conversations($1) AS n', [this.#moment(options)]);
  }

  async #count(sql: string, values: readonly unknown[]): Promise<number> {
    const [row] = await this.#database.query<{ n: string | number }>(sql, values);
    return Number(row?.n);
  }

  #moment({ at }: WriteOptions): string {
    return (at ?? new Date(this.#clock.now())).toISOString();
  }
}
