import { randomUUID } from 'node:crypto';
import type { Clock, Database, SqlFunction, WriteOptions } from '#core';
import type { RateLimitRepository, RateLimitState } from './RateLimitRepository.ts';
import { stateOf } from './stateOf.ts';

interface CountRow {
  allowed: boolean;
  current: number | string;
  oldest_ms: number | string | null;
}
type CheckRow = CountRow & { counts: Readonly<Record<string, number>> };

const checkRateLimit: SqlFunction = {
  name: 'check_rate_limit',
  parameters: ['text', 'integer', 'bigint', 'bigint', 'text'],
};

/** Is told all that the database has counted of a person: when each message was written, by key. */
export type OnCounts = (discordId: string, counts: Readonly<Record<string, number>>) => void;

/** Rate limits in PostgreSQL; each check is one statement, exact for any number of instances. */
export class DatabaseRateLimitRepository implements RateLimitRepository {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #onCounts: OnCounts | undefined;

  /** `onCounts` is how a mirror learns what every instance counted. */
  constructor(database: Database, clock: Clock, onCounts?: OnCounts) {
    this.#database = database;
    this.#clock = clock;
    this.#onCounts = onCounts;
  }

  async checkAndUpdateLimit(
    discordId: string,
    max: number,
    windowMs: number,
    options: WriteOptions = {},
  ): Promise<RateLimitState> {
    const now = this.#moment(options).getTime();
    const row = await this.#check(discordId, max, windowMs, now, options.key);
    return { ...this.#state(row, now, max, windowMs), allowed: row?.allowed === true };
  }

  async recordMessage(discordId: string, windowMs: number, options: WriteOptions = {}): Promise<void> {
    await this.#check(discordId, null, windowMs, this.#moment(options).getTime(), options.key);
  }

  async getLimit(discordId: string, max: number, windowMs: number): Promise<RateLimitState> {
    const now = this.#clock.now();
    const [row] = await this.#database.query<CountRow>(
      `SELECT count(*) AS current, min(t::bigint) AS oldest_ms
       FROM rate_limits r JOIN users u ON u.id = r.user_id, jsonb_array_elements(r.timestamps) t
       WHERE u.discord_id = $1 AND t::bigint > $2`,
      [discordId, now - windowMs],
    );
    return this.#state(row, now, max, windowMs);
  }

  async resetUserLimit(discordId: string, options: WriteOptions = {}): Promise<void> {
    await this.#database.query('SELECT reset_rate_limit($1, $2)', [discordId, this.#moment(options).toISOString()]);
  }

  async #check(
    discordId: string,
    max: number | null,
    windowMs: number,
    at: number,
    key: string = randomUUID(),
  ): Promise<CountRow | undefined> {
    const values = [discordId, max, windowMs, at, key];
    const [row] = await this.#database.call<CheckRow>(checkRateLimit, values, discordId);
    if (row) this.#onCounts?.(discordId, row.counts);
    return row;
  }

  #state(row: CountRow | undefined, now: number, max: number, windowMs: number): RateLimitState {
    const oldest = row?.oldest_ms == null ? undefined : Number(row.oldest_ms);
    return stateOf({ current: Number(row?.current), oldest, now }, max, windowMs);
  }

  #moment({ at }: WriteOptions): Date {
    return at ?? new Date(this.#clock.now());
  }
}
