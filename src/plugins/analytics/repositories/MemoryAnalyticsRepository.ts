import { type Clock, days, type WriteOptions } from '#core';
import type { AnalyticsRepository, GlobalStats } from './AnalyticsRepository.ts';

type Kept = {
  readonly key: string | undefined;
  readonly discordId: string;
  readonly username: string;
  readonly at: number;
};
type KeptMessage = Kept & { readonly type: string; readonly responseTimeMs: number | null };
type KeptCommand = Kept & { readonly name: string };

/** How many messages, and as many commands, are kept at most; the oldest make room. */
const capacity = 20_000;

/** Statistics while the database is away. */
export class MemoryAnalyticsRepository implements AnalyticsRepository {
  readonly #clock: Clock;
  #messages: KeptMessage[] = [];
  #commands: KeptCommand[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async logMessage(
    discordId: string,
    username: string,
    _channelType: string,
    type: string,
    responseTimeMs: number | null,
    _tokens: number | null,
    options: WriteOptions = {},
  ): Promise<void> {
    keep(this.#messages, { ...this.#kept(discordId, username, options), type, responseTimeMs });
  }

  async logCommand(
    discordId: string,
    username: string,
    name: string,
    _automated: boolean,
    _success: boolean,
    options: WriteOptions = {},
  ): Promise<void> {
    keep(this.#commands, { ...this.#kept(discordId, username, options), name });
  }

  async getGlobalStats(span: number): Promise<GlobalStats> {
    const since = this.#clock.now() - days(span);
    const messages = this.#messages.filter(({ at }) => at > since);
    const commands = this.#commands.filter(({ at }) => at > since);
    const names = new Map(messages.map(({ discordId, username }) => [discordId, username]));
    const times = messages.map(({ responseTimeMs }) => responseTimeMs).filter((time) => time !== null);
    const sum = times.reduce((total, time) => total + time, 0);
    return {
      total_messages: messages.length,
      unique_users: names.size,
      // Multiplied before it is divided: only so are halves exact, and rounded as the SQL function rounds them.
      avg_response_time_ms: Math.round((sum * 100) / Math.max(1, times.length)) / 100,
      messages_by_type: { chat: 0, command: 0, ...Object.fromEntries(count(messages, ({ type }) => type)) },
      top_users: count(messages, ({ discordId }) => discordId)
        .slice(0, 5)
        .map(([discord_id, message_count]) => ({ discord_id, username: names.get(discord_id) ?? '', message_count })),
      peak_hours: Object.fromEntries(count(messages, ({ at }) => String(new Date(at).getUTCHours())).slice(0, 3)),
      top_commands: count(commands, ({ name }) => name)
        .slice(0, 5)
        .map(([command_name, usage_count]) => ({ command_name, usage_count })),
    };
  }

  async forgetUser(discordId: string): Promise<number> {
    const { messages, commands } = await this.countUser(discordId);
    this.#messages = this.#messages.filter((message) => message.discordId !== discordId);
    this.#commands = this.#commands.filter((command) => command.discordId !== discordId);
    return messages + commands;
  }

  async countUser(discordId: string): Promise<{ messages: number; commands: number }> {
    const isOfUser = (kept: Kept): boolean => kept.discordId === discordId;
    return { messages: this.#messages.filter(isOfUser).length, commands: this.#commands.filter(isOfUser).length };
  }

  #kept(discordId: string, username: string, { key, at }: WriteOptions): Kept {
    return { key, discordId, username, at: at?.getTime() ?? this.#clock.now() };
  }
}

function keep<T extends Kept>(list: T[], item: T): void {
  if (item.key !== undefined && list.some(({ key }) => key === item.key)) return;
  list.push(item);
  if (list.length > capacity) list.shift();
}

// Most frequent first; ties by name, as the SQL function orders them.
function count<T>(list: readonly T[], by: (item: T) => string): [string, number][] {
  const counts = new Map<string, number>();
  for (const item of list) counts.set(by(item), (counts.get(by(item)) ?? 0) + 1);
  return [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
}
