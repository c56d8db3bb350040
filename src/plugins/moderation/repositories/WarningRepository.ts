import type { WriteOptions } from '#core';

/** A warning as people see it. */
export interface IssuedWarning {
  readonly id: string;
  readonly reason: string;
  /** The moderator's Discord id, or `automation`. */
  readonly issuedBy: string;
  readonly createdAt: Date;
  /** From when on it does not count any more; the moment of its revocation if it was revoked. */
  readonly expiresAt: Date;
  /** The Discord id of the moderator who revoked it. */
  readonly revokedBy?: string;
}

/** A warning and whom it is about. */
export interface PersonalWarning extends IssuedWarning {
  readonly discordId: string;
  readonly username: string;
}

/** Some of the active warnings of all people, and how many there are together. */
export interface WarningsPage {
  readonly total: number;
  readonly warnings: readonly PersonalWarning[];
}

/** What became of the wish to revoke a warning. */
export type Revocation = 'revoked' | 'alreadyRevoked' | 'alreadyExpired' | 'unknown';

/** Who was warned, by whom and why. */
export interface WarningRepository {
  /** Warns; returns how many active warnings the person has now. */
  addWarning(
    discordId: string,
    username: string,
    reason: string,
    issuedBy: string,
    options?: WriteOptions,
  ): Promise<number>;
  /** Ends a person's warning before its time; it stays on record. The same key again tells the same again. */
  revokeWarning(discordId: string, id: string, revokedBy: string, options?: WriteOptions): Promise<Revocation>;
  /** The warning of an id, whether it still counts or not; undefined when there is none. */
  findWarning(id: string): Promise<PersonalWarning | undefined>;
  /** Newest first. */
  getActiveWarnings(discordId: string): Promise<IssuedWarning[]>;
  /** Everyone's, newest first, at most `limit` after the first `offset`. */
  getAllActiveWarnings(offset: number, limit: number): Promise<WarningsPage>;
  /** Newest first; expired and revoked ones too when asked for. */
  getWarningHistory(discordId: string, includeExpired: boolean): Promise<IssuedWarning[]>;
}
