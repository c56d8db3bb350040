import { type Clock, days, ErasureMoments, hours, type Mirror, TimeSlice, type WriteOptions } from '#core';
import type { AnalyticsRepository, GlobalStats, HourlyCount, PersonalLog, UsageReport } from './AnalyticsRepository.ts';
import { type Counted, RecentRows } from './RecentRows.ts';

type CountedMessage = Counted & { readonly type: string; readonly responseTimeMs: number | null };
type CountedCommand = Counted & { readonly name: string };

/** How many messages, and as many commands, are kept at most; the oldest make room. */
const capacity = 20_000;

/** Statistics in memory: what this instance counted last, which stands in for the database while it is away. */
export class MemoryAnalyticsRepository implements AnalyticsRepository, Mirror {
  readonly #clock: Clock;
  readonly #messages = new RecentRows<CountedMessage>(capacity);
  readonly #commands = new RecentRows<CountedCommand>(capacity);
  readonly #erased: ErasureMoments;

  /** Nothing is counted that is older than `retention` milliseconds. */
  constructor(clock: Clock, retention = days(90)) {
    this.#clock = clock;
    this.#erased = new ErasureMoments(clock, retention);
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
    const row = { discordId, username, at: this.#moment(options), type, responseTimeMs };
    if (!this.#erased.covers(discordId, row.at)) this.#messages.add(row, options.key);
  }

  async logCommand(
    discordId: string,
    username: string,
    name: string,
    _automated: boolean,
    _success: boolean,
    options: WriteOptions = {},
  ): Promise<void> {
    const row = { discordId, username, at: this.#moment(options), name };
    if (!this.#erased.covers(discordId, row.at)) this.#commands.add(row, options.key);
  }

  async getReport(span: number): Promise<UsageReport> {
    const [messages, commands] = [this.#since(span, this.#messages), this.#since(span, this.#commands)];
    const counted = [...Map.groupBy(messages, hourOf)].flatMap(([hour, ofHour]) =>
      [...count(ofHour, typeOf)].map(([type, n]): HourlyCount => ({ hour: hour * hours(1), type, messages: n })),
    );
    await new TimeSlice().next();
    return { stats: await toStats(messages, commands), hours: counted, isWhole: false };
  }

  async getGlobalStats(span: number): Promise<GlobalStats> {
    return toStats(this.#since(span, this.#messages), this.#since(span, this.#commands));
  }

  async forgetUser(discordId: string, options: WriteOptions = {}): Promise<number> {
    return this.#erase(discordId, this.#moment(options));
  }

  async getLog(person: string): Promise<PersonalLog> {
    const isTheirs = ({ discordId }: Counted): boolean => discordId === person;
    const messages = this.#messages.all().filter(isTheirs).toSorted(inOrder);
    const commands = this.#commands.all().filter(isTheirs).toSorted(inOrder);
    return {
      messages: messages.map(({ at, type, responseTimeMs }) => ({ at: new Date(at), type, responseTimeMs })),
      commands: commands.map(({ at, name }) => ({ at: new Date(at), command: name })),
    };
  }

  async countUser(discordId: string): Promise<{ messages: number; commands: number }> {
    const isOfUser = (row: Counted): boolean => row.discordId === discordId;
    return {
      messages: this.#messages.all().filter(isOfUser).length,
      commands: this.#commands.all().filter(isOfUser).length,
    };
  }

  evict(_person: string): void {
    // What was counted here stays true, whoever counts on.
  }

  forget(person: string | undefined, before: Date, scope: 'conversations' | 'everything'): void {
    if (scope === 'everything') this.#erase(person, before.getTime());
  }

  clear(): void {
    for (const rows of [this.#messages, this.#commands]) rows.remove(() => true);
  }

  #since<Row extends Counted>(span: number, rows: RecentRows<Row>): Row[] {
    const since = this.#clock.now() - days(span);
    return rows.all().filter(({ at }) => at > since);
  }

  #erase(person: string | undefined, moment: number): number {
    this.#erased.raise(person, moment);
    const isErased = ({ discordId, at }: Counted): boolean =>
      at <= moment && (person === undefined || discordId === person);
    return this.#messages.remove(isErased) + this.#commands.remove(isErased);
  }

  #moment({ at }: WriteOptions): number {
    return at?.getTime() ?? this.#clock.now();
  }
}

// Others have their turn in between.
async function toStats(messages: readonly CountedMessage[], commands: readonly CountedCommand[]): Promise<GlobalStats> {
  const people = count(messages, ({ discordId }) => discordId);
  const nameOf = (person: string): string => messages.findLast(({ discordId }) => discordId === person)?.username ?? '';
  const mostActive = most(people, 5).map(([discord_id, message_count]) => ({
    discord_id,
    username: nameOf(discord_id),
    message_count,
  }));
  await new TimeSlice().next();
  const times = messages.map(({ responseTimeMs }) => responseTimeMs).filter((time) => time !== null);
  const sum = times.reduce((total, time) => total + time, 0);
  return {
    total_messages: messages.length,
    unique_users: people.size,
    // Multiplied before it is divided: only so are halves exact, and rounded as the SQL function rounds them.
    avg_response_time_ms: Math.round((sum * 100) / Math.max(1, times.length)) / 100,
    messages_by_type: { chat: 0, command: 0, ...Object.fromEntries(count(messages, typeOf)) },
    top_users: mostActive,
    peak_hours: Object.fromEntries(
      most(
        count(messages, (message) => String(hourOf(message) % 24)),
        3,
      ),
    ),
    top_commands: most(
      count(commands, ({ name }) => name),
      5,
    ).map(([command_name, usage_count]) => ({ command_name, usage_count })),
  };
}

const inOrder = (a: Counted, b: Counted): number => a.at - b.at;

const typeOf = ({ type }: CountedMessage): string => type;

// Whole hours of UTC since 1970.
const hourOf = ({ at }: Counted): number => Math.floor(at / hours(1));

function count<T>(list: readonly T[], by: (item: T) => string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const item of list) {
    const name = by(item);
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}

// Those of the first places only, as names may be many: most frequent first; ties by name, as the SQL function orders them.
function most(counts: Iterable<[string, number]>, places: number): [string, number][] {
  const first: [string, number][] = [];
  for (const [name, n] of counts) {
    const place = first.findLastIndex(([other, m]) => m > n || (m === n && other < name)) + 1;
    if (place < places) first.splice(place, 0, [name, n]);
    if (first.length > places) first.pop();
  }
  return first;
}
