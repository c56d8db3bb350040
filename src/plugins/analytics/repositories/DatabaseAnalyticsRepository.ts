import type { Clock, Database, WriteOptions } from '#core';
import type { AnalyticsRepository, GlobalStats, PersonalLog, UsageReport } from './AnalyticsRepository.ts';
import { Batch } from './Batch.ts';
import { type LogRow, writeLog } from './writeLog.ts';

type Counted = string | number;
type StatsRow = Omit<GlobalStats, 'total_messages' | 'unique_users' | 'avg_response_time_ms'> &
  Record<'total_messages' | 'unique_users' | 'avg_response_time_ms', Counted>;
type MessageRow = {
  timestamp: string | Date;
  message_type: string;
  response_time_ms: number | null;
  tokens: number | null;
};
type CommandRow = { executed_at: string | Date; command_name: string; success: boolean };
type ReportRow = StatsRow & { hours: UsageReport['hours'] };

/** At 40 messages a second, ten statements a second; nobody waits longer for the next message's turn. */
const limits = { interval: 100, size: 200 };

/** Statistics in PostgreSQL. */
export class DatabaseAnalyticsRepository implements AnalyticsRepository {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #batch: Batch<LogRow>;

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
    this.#batch = new Batch((rows) => writeLog(database, rows), limits);
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
    await this.#log({
      ...this.#common(discordId, username, options),
      channel_type: channelType,
      message_type: messageType,
      response_time_ms: responseTimeMs,
      tokens,
    });
  }

  async logCommand(
    discordId: string,
    username: string,
    commandName: string,
    automated: boolean,
    success: boolean,
    options: WriteOptions = {},
  ): Promise<void> {
    const common = this.#common(discordId, username, options);
    await this.#log({ ...common, command_name: commandName, automated, success });
  }

  async getGlobalStats(days: number): Promise<GlobalStats> {
    await this.#batch.settled();
    const [row] = await this.#database.query<StatsRow>('SELECT * FROM get_global_stats($1)', [days]);
    return toStats(row);
  }

  async getReport(days: number): Promise<UsageReport> {
    await this.#batch.settled();
    // One statement: what it counts and what it shows are of one moment.
    const [row] = await this.#database.query<ReportRow>(
      `SELECT stats.*, series.hours FROM get_global_stats($1) stats, (
         SELECT coalesce(jsonb_agg(jsonb_build_object(
           'hour', extract(epoch FROM hour)::bigint * 1000, 'type', message_type, 'messages', messages)), '[]') AS hours
         FROM get_message_series($1)
       ) series`,
      [days],
    );
    const { hours = [], ...stats } = row ?? {};
    return { stats: toStats(stats as StatsRow), hours, isWhole: true };
  }

  async forgetUser(discordId: string, options: WriteOptions = {}): Promise<number> {
    const [row] = await this.#database.query<{ n: Counted }>('SELECT forget_statistics($1, $2) AS n', [
      discordId,
      this.#moment(options),
    ]);
    return Number(row?.n);
  }

  async getLog(discordId: string): Promise<PersonalLog> {
    await this.#batch.settled();
    const [messages, commands] = await Promise.all([
      this.#database.query<MessageRow>(
        `SELECT "timestamp", message_type, response_time_ms, tokens FROM message_stats
         WHERE user_id = (SELECT id FROM users WHERE discord_id = $1) ORDER BY "timestamp"`,
        [discordId],
      ),
      this.#database.query<CommandRow>(
        `SELECT executed_at, command_name, success FROM command_usage
         WHERE user_id = (SELECT id FROM users WHERE discord_id = $1) ORDER BY executed_at`,
        [discordId],
      ),
    ]);
    return { messages: messages.map(toMessage), commands: commands.map(toCommand) };
  }

  async countUser(discordId: string): Promise<{ messages: number; commands: number }> {
    await this.#batch.settled();
    const [row] = await this.#database.query<{ messages: Counted; commands: Counted }>(
      `WITH person AS (SELECT id FROM users WHERE discord_id = $1)
       SELECT (SELECT count(*) FROM message_stats WHERE user_id = (SELECT id FROM person)) AS messages,
              (SELECT count(*) FROM command_usage WHERE user_id = (SELECT id FROM person)) AS commands`,
      [discordId],
    );
    return { messages: Number(row?.messages), commands: Number(row?.commands) };
  }

  // Within a transaction, as a replay is one, a row belongs to it and to no batch.
  #log(row: LogRow): Promise<unknown> {
    return this.#database.em().isInTransaction() ? writeLog(this.#database, [row]) : this.#batch.add(row);
  }

  #common(discordId: string, username: string, options: WriteOptions) {
    return { discord_id: discordId, username, at: this.#moment(options), key: options.key ?? null };
  }

  #moment({ at }: WriteOptions): string {
    return (at ?? new Date(this.#clock.now())).toISOString();
  }
}

const toMessage = ({ timestamp, message_type, response_time_ms, tokens }: MessageRow) => ({
  at: new Date(timestamp),
  type: message_type,
  responseTimeMs: response_time_ms,
  tokens,
});

const toCommand = ({ executed_at, command_name, success }: CommandRow) => ({
  at: new Date(executed_at),
  command: command_name,
  success,
});

function toStats(row: StatsRow | undefined): GlobalStats {
  if (row === undefined) throw new Error('get_global_stats returned no row.');
  return {
    ...row,
    total_messages: Number(row.total_messages),
    unique_users: Number(row.unique_users),
    avg_response_time_ms: Number(row.avg_response_time_ms),
  };
}
