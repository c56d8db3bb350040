import type { Clock, Database, WriteOptions } from '#core';
import type { AnalyticsRepository, GlobalStats } from './AnalyticsRepository.ts';

type Counted = string | number;
type StatsRow = Omit<GlobalStats, 'total_messages' | 'unique_users' | 'avg_response_time_ms'> &
  Record<'total_messages' | 'unique_users' | 'avg_response_time_ms', Counted>;

/** Statistics in PostgreSQL. */
export class DatabaseAnalyticsRepository implements AnalyticsRepository {
  readonly #database: Database;
  readonly #clock: Clock;

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  async logMessage(
    discordId: string,
    username: string,
    channelType: string,
    messageType: string,
    responseTimeMs: number | null,
    tokens: number | null,
    options: WriteOptions = {},
  ): Promise<void> {
    await this.#database.query(
      `INSERT INTO message_stats (user_id, "timestamp", channel_type, message_type, response_time_ms, tokens, key)
       VALUES (get_or_create_user($1, $2), $3, $4, $5, $6, $7, $8) ON CONFLICT (key) DO NOTHING`,
      [
        discordId,
        username,
        this.#moment(options),
        channelType,
        messageType,
        responseTimeMs,
        tokens,
        options.key ?? null,
      ],
    );
  }

  async logCommand(
    discordId: string,
    username: string,
    commandName: string,
    automated: boolean,
    success: boolean,
    options: WriteOptions = {},
  ): Promise<void> {
    await this.#database.query(
      `INSERT INTO command_usage (user_id, executed_at, command_name, automated, success, key)
       VALUES (get_or_create_user($1, $2), $3, $4, $5, $6, $7) ON CONFLICT (key) DO NOTHING`,
      [discordId, username, this.#moment(options), commandName, automated, success, options.key ?? null],
    );
  }

  async getGlobalStats(days: number): Promise<GlobalStats> {
    const [row] = await this.#database.query<StatsRow>('SELECT * FROM get_global_stats($1)', [days]);
    if (row === undefined) throw new Error('get_global_stats returned no row.');
    return {
      ...row,
      total_messages: Number(row.total_messages),
      unique_users: Number(row.unique_users),
      avg_response_time_ms: Number(row.avg_response_time_ms),
    };
  }

  async forgetUser(discordId: string): Promise<number> {
    const [row] = await this.#database.query<{ n: Counted }>(
      `WITH person AS (SELECT id FROM users WHERE discord_id = $1),
         messages AS (DELETE FROM message_stats WHERE user_id = (SELECT id FROM person) RETURNING 1),
         commands AS (DELETE FROM command_usage WHERE user_id = (SELECT id FROM person) RETURNING 1)
       SELECT (SELECT count(*) FROM messages) + (SELECT count(*) FROM commands) AS n`,
      [discordId],
    );
    return Number(row?.n);
  }

  async countUser(discordId: string): Promise<{ messages: number; commands: number }> {
    const [row] = await this.#database.query<{ messages: Counted; commands: Counted }>(
      `WITH person AS (SELECT id FROM users WHERE discord_id = $1)
       SELECT (SELECT count(*) FROM message_stats WHERE user_id = (SELECT id FROM person)) AS messages,
              (SELECT count(*) FROM command_usage WHERE user_id = (SELECT id FROM person)) AS commands`,
      [discordId],
    );
    return { messages: Number(row?.messages), commands: Number(row?.commands) };
  }

  #moment({ at }: WriteOptions): string {
    return (at ?? new Date(this.#clock.now())).toISOString();
  }
}
