import type { WriteOptions } from '#core';

/** A warning as people see it. */
export interface IssuedWarning {
  readonly id: string;
  readonly reason: string;
  /** The moderator's Discord id, or `automation`. */
  readonly issuedBy: string;
  readonly createdAt: Date;
  readonly expiresAt: Date;
}

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
  /** Newest first. */
  getActiveWarnings(discordId: string): Promise<IssuedWarning[]>;
  /** Newest first; expired ones too when asked for. */
  getWarningHistory(discordId: string, includeExpired: boolean): Promise<IssuedWarning[]>;
}
