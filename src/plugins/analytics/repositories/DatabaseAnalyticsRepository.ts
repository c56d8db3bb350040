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
    const values = [channelType, messageType, responseTimeMs, tokens, options.key ?? null];
    await this.#database.query('SELECT log_message($1, $2, $3, $4, $5, $6, $7, $8)', [
      discordId,
      username,
      this.#moment(options),
      ...values,
    ]);
  }

  async logCommand(
    discordId: string,
    username: string,
    commandName: string,
    automated: boolean,
    success: boolean,
    options: WriteOptions = {},
  ): Promise<void> {
    const values = [commandName, automated, success, options.key ?? null];
    await this.#database.query('SELECT log_command($1, $2, $3, $4, $5, $6, $7)', [
      discordId,
      username,
      this.#moment(options),
      ...values,
    ]);
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

  async forgetUser(discordId: string, options: WriteOptions = {}): Promise<number> {
    const [row] = await this.#database.query<{ n: Counted }>('SELECT forget_statistics($1, $2) AS n', [
      discordId,
      this.#moment(options),
    ]);
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
