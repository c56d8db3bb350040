import { randomUUID } from 'node:crypto';
import type { Clock, Database, WriteOptions } from '#core';
import { Warning } from '../entities/Warning.ts';
import type { IssuedWarning, WarningRepository } from './WarningRepository.ts';
import { warningId } from './warningId.ts';

/** Is told all of a person's warnings that the database has; the active ones only, unless expired ones are included. */
export type OnWarnings = (discordId: string, warnings: readonly IssuedWarning[], includesExpired: boolean) => void;

/** Warnings in PostgreSQL. */
export class DatabaseWarningRepository implements WarningRepository {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #expiry: number;
  readonly #onWarnings: OnWarnings | undefined;

  /** A warning expires so many milliseconds after it was issued. `onWarnings` is how a mirror learns. */
  constructor(database: Database, clock: Clock, expiry: number, onWarnings?: OnWarnings) {
    this.#database = database;
    this.#clock = clock;
    this.#expiry = expiry;
    this.#onWarnings = onWarnings;
  }

  async addWarning(
    discordId: string,
    username: string,
    reason: string,
    issuedBy: string,
    { key = randomUUID(), at = this.#now() }: WriteOptions = {},
  ): Promise<number> {
    const expiresAt = new Date(at.getTime() + this.#expiry);
    const [row] = await this.#database.query<{ n: string | number }>(
      'SELECT add_warning($1, $2, $3, $4, $5, $6, $7, $8, $9) AS n',
      [
        discordId,
        username,
        warningId(key),
        reason,
        issuedBy,
        at.toISOString(),
        expiresAt.toISOString(),
        key,
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
    const warnings = rows.map(({ id, reason, issuedBy, createdAt, expiresAt }) => ({
      id,
      reason,
      issuedBy,
      createdAt,
      expiresAt,
    }));
    this.#onWarnings?.(discordId, warnings, includeExpired);
    return warnings;
  }

  #now(): Date {
    return new Date(this.#clock.now());
  }
}
