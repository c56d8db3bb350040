import type { Clock, WriteOptions } from '#core';
import { newWarningId } from './newWarningId.ts';
import type { IssuedWarning, WarningRepository } from './WarningRepository.ts';

type KeptWarning = IssuedWarning & { readonly key: string | undefined };

/** Warnings while the database is away. */
export class MemoryWarningRepository implements WarningRepository {
  readonly #clock: Clock;
  readonly #expiry: number;
  readonly #warnings = new Map<string, KeptWarning[]>();

  /** A warning expires so many milliseconds after it was issued. */
  constructor(clock: Clock, expiry: number) {
    this.#clock = clock;
    this.#expiry = expiry;
  }

  async addWarning(
    discordId: string,
    _username: string,
    reason: string,
    issuedBy: string,
    options: WriteOptions = {},
  ): Promise<number> {
    const kept = this.#warnings.get(discordId) ?? [];
    const createdAt = options.at ?? new Date(this.#clock.now());
    if (options.key === undefined || !kept.some(({ key }) => key === options.key)) {
      const expiresAt = new Date(createdAt.getTime() + this.#expiry);
      kept.push({ id: newWarningId(), reason, issuedBy, createdAt, expiresAt, key: options.key });
      this.#warnings.set(discordId, kept);
    }
    return (await this.getActiveWarnings(discordId)).length;
  }

  getActiveWarnings(discordId: string): Promise<IssuedWarning[]> {
    return this.getWarningHistory(discordId, false);
  }

  async getWarningHistory(discordId: string, includeExpired: boolean): Promise<IssuedWarning[]> {
    const now = this.#clock.now();
    const kept = this.#warnings.get(discordId) ?? [];
    const wanted = kept.filter(({ expiresAt }) => includeExpired || expiresAt.getTime() > now);
    wanted.sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime());
    return wanted.map(({ key: _key, ...warning }) => warning);
  }
}
