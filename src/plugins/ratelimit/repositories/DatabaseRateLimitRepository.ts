import { randomUUID } from 'node:crypto';
import type { Clock, Database, WriteOptions } from '#core';
import type { RateLimitRepository, RateLimitState } from './RateLimitRepository.ts';
import { stateOf } from './stateOf.ts';

interface CountRow {
  allowed: boolean;
  current: number | string;
  oldest_ms: number | string | null;
}

/** Rate limits in PostgreSQL; each check is one statement, exact for any number of instances. */
export class DatabaseRateLimitRepository implements RateLimitRepository {
  readonly #database: Database;
  readonly #clock: Clock;

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  async checkAndUpdateLimit(
    discordId: string,
    max: number,
    windowMs: number,
    options: WriteOptions = {},
  ): Promise<RateLimitState> {
    const now = options.at?.getTime() ?? this.#clock.now();
    const values = [discordId, max, windowMs, now, options.key ?? randomUUID()];
    const [row] = await this.#database.query<CountRow>('SELECT * FROM check_rate_limit($1, $2, $3, $4, $5)', values);
    return { ...this.#state(row, now, max, windowMs), allowed: row?.allowed === true };
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

  async resetUserLimit(discordId: string): Promise<void> {
    await this.#database.query('DELETE FROM rate_limits WHERE user_id = (SELECT id FROM users WHERE discord_id = $1)', [
      discordId,
    ]);
  }

  #state(row: CountRow | undefined, now: number, max: number, windowMs: number): RateLimitState {
    const oldest = row?.oldest_ms == null ? undefined : Number(row.oldest_ms);
    return stateOf({ current: Number(row?.current), oldest, now }, max, windowMs);
  }
}
