import type { Clock, Database, WriteOptions } from '#core';
import { Warning } from '../entities/Warning.ts';
import { newWarningId } from './newWarningId.ts';
import type { IssuedWarning, WarningRepository } from './WarningRepository.ts';

/** Warnings in PostgreSQL. */
export class DatabaseWarningRepository implements WarningRepository {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #expiry: number;

  /** A warning expires so many milliseconds after it was issued. */
  constructor(database: Database, clock: Clock, expiry: number) {
    this.#database = database;
    this.#clock = clock;
    this.#expiry = expiry;
  }

  async addWarning(
    discordId: string,
    username: string,
    reason: string,
    issuedBy: string,
    options: WriteOptions = {},
  ): Promise<number> {
    const at = options.at ?? new Date(this.#clock.now());
    const expiresAt = new Date(at.getTime() + this.#expiry);
    // The new row is not visible to the statement that inserts it, hence the sum.
    const [row] = await this.#database.query<{ n: string | number }>(
      `WITH added AS (
         INSERT INTO warnings (id, user_id, reason, issued_by, created_at, expires_at, key)
         VALUES ($3, get_or_create_user($1, $2), $4, $5, $6, $7, $8)
         ON CONFLICT (key) DO NOTHING RETURNING expires_at
       ), active AS (
         SELECT expires_at FROM warnings WHERE user_id = (SELECT id FROM users WHERE discord_id = $1)
         UNION ALL SELECT expires_at FROM added
       )
       SELECT count(*) AS n FROM active WHERE expires_at > $9`,
      [
        discordId,
        username,
        newWarningId(),
        reason,
        issuedBy,
        at.toISOString(),
        expiresAt.toISOString(),
        options.key ?? null,
        this.#now().toISOString(),
      ],
    );
    return Number(row?.n);
  }

  getActiveWarnings(discordId: string): Promise<IssuedWarning[]> {
    return this.getWarningHistory(discordId, false);
  }

  async getWarningHistory(discordId: string, includeExpired: boolean): Promise<IssuedWarning[]> {
    const active = includeExpired ? {} : { expiresAt: { $gt: this.#now() } };
    const rows = await this.#database
      .em()
      .find(Warning, { user: { discordId }, ...active }, { orderBy: { createdAt: 'desc', id: 'desc' } });
    return rows.map(({ id, reason, issuedBy, createdAt, expiresAt }) => ({
      id,
      reason,
      issuedBy,
      createdAt,
      expiresAt,
    }));
  }

  #now(): Date {
    return new Date(this.#clock.now());
  }
}
