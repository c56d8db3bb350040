import type { WriteOptions } from '#core';

/** How the bot was used, named as the SQL function `get_global_stats` names it. */
export interface GlobalStats {
  readonly total_messages: number;
  readonly unique_users: number;
  readonly avg_response_time_ms: number;
  readonly messages_by_type: Readonly<Record<string, number>>;
  /** The five who wrote most. */
  readonly top_users: readonly {
    readonly discord_id: string;
    readonly username: string;
    readonly message_count: number;
  }[];
  /** The three busiest hours of the day, UTC. */
  readonly peak_hours: Readonly<Record<string, number>>;
  /** The five most used commands. */
  readonly top_commands: readonly { readonly command_name: string; readonly usage_count: number }[];
}

/** How many messages of a type came within one hour. */
export interface HourlyCount {
  /** When the hour began, in milliseconds since 1970; whole hours of UTC. */
  readonly hour: number;
  readonly type: string;
  readonly messages: number;
}

/** How the bot was used, with what a picture of it needs; all of one moment. */
export interface UsageReport {
  readonly stats: GlobalStats;
  /** In no order; hours without messages are left out. */
  readonly hours: readonly HourlyCount[];
  /** False when the database was not asked: it is what this instance remembers itself. */
  readonly isWhole: boolean;
}

/** What is logged about one person, oldest first. */
export interface PersonalLog {
  readonly messages: readonly {
    readonly at: Date;
    readonly type: string;
    readonly responseTimeMs: number | null;
    readonly tokens?: number | null;
  }[];
  readonly commands: readonly { readonly at: Date; readonly command: string; readonly success?: boolean }[];
}

/** Counts what people do with the bot; no texts. */
export interface AnalyticsRepository {
  /** `responseTimeMs` in milliseconds; `tokens` as the model reported them, null when it did not. */
  logMessage(
    discordId: string,
    username: string,
    channelType: string,
    messageType: string,
    responseTimeMs: number | null,
    tokens: number | null,
    options?: WriteOptions,
  ): Promise<void>;
  logCommand(
    discordId: string,
    username: string,
    commandName: string,
    automated: boolean,
    success: boolean,
    options?: WriteOptions,
  ): Promise<void>;
  /** The last so many days. */
  getGlobalStats(days: number): Promise<GlobalStats>;
  /** The same with the hours that it is made of; what was logged here is in it. */
  getReport(days: number): Promise<UsageReport>;
  /**
   * Erases what is counted about one person up to a moment; what comes later from before it is not counted any more.
   * It is a part of forgetting the person: nothing else that is kept from before the moment can be recalled either.
   * Returns the number of rows.
   */
  forgetUser(discordId: string, options?: WriteOptions): Promise<number>;
  /** Everything that is logged about one person. */
  getLog(discordId: string): Promise<PersonalLog>;
  /** How much is counted about one person. */
  countUser(discordId: string): Promise<{ readonly messages: number; readonly commands: number }>;
}
