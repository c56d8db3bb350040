import type { Clock, Database, SqlFunction, WriteOptions } from '#core';
import type { AnalyticsRepository, GlobalStats, PersonalLog, UsageReport } from './AnalyticsRepository.ts';

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

const logMessage: SqlFunction = {
  name: 'log_message',
  parameters: ['text', 'text', 'timestamptz', 'text', 'text', 'integer', 'integer', 'text'],
};
const logCommand: SqlFunction = {
  name: 'log_command',
  parameters: ['text', 'text', 'timestamptz', 'text', 'boolean', 'boolean', 'text'],
};

/** Statistics in PostgreSQL. */
export class DatabaseAnalyticsRepository implements AnalyticsRepository {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #underWay = new Set<Promise<unknown>>();

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
    const at = this.#moment(options);
    const values = [discordId, username, at, channelType, messageType, responseTimeMs, tokens, options.key ?? null];
    await this.#log(logMessage, values, discordId);
  }

  async logCommand(
    discordId: string,
    username: string,
    commandName: string,
    automated: boolean,
    success: boolean,
    options: WriteOptions = {},
  ): Promise<void> {
    const at = this.#moment(options);
    const values = [discordId, username, at, commandName, automated, success, options.key ?? null];
    await this.#log(logCommand, values, discordId);
  }

  async getGlobalStats(days: number): Promise<GlobalStats> {
    await this.#logged();
    const [row] = await this.#database.query<StatsRow>('SELECT * FROM get_global_stats($1)', [days]);
    return toStats(row);
  }

  async getReport(days: number): Promise<UsageReport> {
    await this.#logged();
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
    await this.#logged();
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
    await this.#logged();
    const [row] = await this.#database.query<{ messages: Counted; commands: Counted }>(
      `WITH person AS (SELECT id FROM users WHERE discord_id = $1)
       SELECT (SELECT count(*) FROM message_stats WHERE user_id = (SELECT id FROM person)) AS messages,
              (SELECT count(*) FROM command_usage WHERE user_id = (SELECT id FROM person)) AS commands`,
      [discordId],
    );
    return { messages: Number(row?.messages), commands: Number(row?.commands) };
  }

  async #log(fn: SqlFunction, values: readonly unknown[], discordId: string): Promise<void> {
    const logging = this.#database.call(fn, values, discordId);
    this.#underWay.add(logging);
    try {
      await logging;
    } finally {
      this.#underWay.delete(logging);
    }
  }

  // What is counted now is in the report that is asked for after it.
  async #logged(): Promise<void> {
    await Promise.allSettled(this.#underWay);
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
