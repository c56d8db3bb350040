import { randomUUID } from 'node:crypto';
import type { Clock, Database, SqlFunction, WriteOptions } from '#core';
import type {
  IssuedWarning,
  PersonalWarning,
  Revocation,
  WarningRepository,
  WarningsPage,
} from './WarningRepository.ts';
import { warningId } from './warningId.ts';

/** Is told all of a person's warnings that the database has; the active ones only, unless expired ones are included. */
export type OnWarnings = (discordId: string, warnings: readonly IssuedWarning[], includesExpired: boolean) => void;

/** A row of the view `warning_history`. */
interface WarningRow {
  discord_id: string;
  username: string;
  id: string;
  reason: string;
  issued_by: string;
  created_at: string;
  expires_at: string;
  revoked_by: string | null;
}

const active = `
  SELECT u.discord_id, u.username, w.id, w.reason, w.issued_by, w.created_at, w.expires_at, NULL AS revoked_by
  FROM warnings w JOIN users u ON u.id = w.user_id
  WHERE w.expires_at > $1`;

const getActiveWarnings: SqlFunction = { name: 'get_active_warnings', parameters: ['text', 'timestamptz'] };

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
    { key = randomUUID(), at = new Date(this.#clock.now()) }: WriteOptions = {},
  ): Promise<number> {
    const expiresAt = new Date(at.getTime() + this.#expiry).toISOString();
    const [row] = await this.#database.query<{ n: string | number }>(
      'SELECT add_warning($1, $2, $3, $4, $5, $6, $7, $8, $9) AS n',
      [discordId, username, warningId(key), reason, issuedBy, at.toISOString(), expiresAt, key, this.#now()],
    );
    return Number(row?.n);
  }

  async revokeWarning(
    discordId: string,
    id: string,
    revokedBy: string,
    { key = randomUUID(), at = new Date(this.#clock.now()) }: WriteOptions = {},
  ): Promise<Revocation> {
    const [row] = await this.#database.query<{ revocation: Revocation }>(
      'SELECT revoke_warning($1, $2, $3, $4, $5) AS revocation',
      [discordId, id, revokedBy, at.toISOString(), key],
    );
    return row?.revocation ?? 'unknown';
  }

  async findWarning(id: string): Promise<PersonalWarning | undefined> {
    const [row] = await this.#database.query<WarningRow>('SELECT * FROM warning_history WHERE id = $1', [id]);
    return row && toPersonalWarning(row);
  }

  getActiveWarnings(discordId: string): Promise<IssuedWarning[]> {
    return this.getWarningHistory(discordId, false);
  }

  async getAllActiveWarnings(offset: number, limit: number): Promise<WarningsPage> {
    const now = this.#now();
    const [[count], rows] = await Promise.all([
      this.#database.query<{ n: string | number }>('SELECT count(*) AS n FROM warnings WHERE expires_at > $1', [now]),
      this.#database.query<WarningRow>(
        `${active} ORDER BY w.created_at DESC, w.id DESC OFFSET $2::bigint LIMIT $3::bigint`,
        [now, offset, limit],
      ),
    ]);
    return { total: Number(count?.n), warnings: rows.map(toPersonalWarning) };
  }

  async getWarningHistory(discordId: string, includeExpired: boolean): Promise<IssuedWarning[]> {
    const rows = includeExpired
      ? await this.#database.query<WarningRow>(
          'SELECT * FROM warning_history WHERE discord_id = $1 ORDER BY created_at DESC, id DESC',
          [discordId],
        )
      : await this.#database.call<WarningRow>(getActiveWarnings, [discordId, this.#now()], discordId);
    const warnings = rows.map(toWarning);
    this.#onWarnings?.(discordId, warnings, includeExpired);
    return warnings;
  }

  #now(): string {
    return new Date(this.#clock.now()).toISOString();
  }
}

const toWarning = (row: WarningRow): IssuedWarning => ({
  id: row.id,
  reason: row.reason,
  issuedBy: row.issued_by,
  createdAt: new Date(row.created_at),
  expiresAt: new Date(row.expires_at),
  ...(row.revoked_by === null ? {} : { revokedBy: row.revoked_by }),
});

const toPersonalWarning = (row: WarningRow): PersonalWarning => ({
  ...toWarning(row),
  discordId: row.discord_id,
  username: row.username,
});
