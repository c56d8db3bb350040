import { randomUUID } from 'node:crypto';
import { BoundedMap, type Clock, type Mirror, type WriteOptions } from '#core';
import type { IssuedWarning, WarningRepository } from './WarningRepository.ts';
import { warningId } from './warningId.ts';

/** A person's warnings; `isStored`: the database has shown it, others may not have reached it yet. */
type MirroredWarning = IssuedWarning & { readonly isStored: boolean };

/** Warnings in memory: a mirror of the database, which stands in for it while it is away. */
export class MemoryWarningRepository implements WarningRepository, Mirror {
  readonly #clock: Clock;
  readonly #expiry: number;
  readonly #warnings: BoundedMap<readonly MirroredWarning[]>;

  /**
   * A warning expires so many milliseconds after it was issued. All of them take `maxBytes` at most, but those stay
   * that were made here, still count and were not seen in the database.
   */
  constructor(clock: Clock, expiry: number, maxBytes = 8 * 2 ** 20) {
    this.#clock = clock;
    this.#expiry = expiry;
    const mustKeep = (warnings: readonly MirroredWarning[]): boolean =>
      warnings.some((warning) => !warning.isStored && this.#isActive(warning));
    // Expired ones can be shown for as long again.
    this.#warnings = new BoundedMap<readonly MirroredWarning[]>({
      clock,
      maxBytes,
      maxAge: 2 * expiry,
      sizeOf,
      mustKeep,
    });
  }

  async addWarning(
    discordId: string,
    _username: string,
    reason: string,
    issuedBy: string,
    { key = randomUUID(), at: createdAt = new Date(this.#clock.now()) }: WriteOptions = {},
  ): Promise<number> {
    const known = this.#known(discordId);
    const id = warningId(key);
    if (!known.some((warning) => warning.id === id)) {
      const expiresAt = new Date(createdAt.getTime() + this.#expiry);
      this.#keep(discordId, [...known, { id, reason, issuedBy, createdAt, expiresAt, isStored: false }]);
    }
    return (await this.getActiveWarnings(discordId)).length;
  }

  getActiveWarnings(discordId: string): Promise<IssuedWarning[]> {
    return this.getWarningHistory(discordId, false);
  }

  async getWarningHistory(discordId: string, includeExpired: boolean): Promise<IssuedWarning[]> {
    return this.#known(discordId)
      .filter((warning) => includeExpired || this.#isActive(warning))
      .toSorted((a, b) => b.createdAt.getTime() - a.createdAt.getTime() || (a.id < b.id ? 1 : -1))
      .map(({ isStored: _isStored, ...warning }) => warning);
  }

  /** Takes over all of a person's warnings that the database has; the active ones only, unless expired ones are included. */
  learn(discordId: string, warnings: readonly IssuedWarning[], includesExpired = true): void {
    const shown = new Set(warnings.map(({ id }) => id));
    const isStillTrue = (warning: MirroredWarning): boolean =>
      !warning.isStored || (!includesExpired && !this.#isActive(warning));
    const kept = this.#known(discordId).filter((warning) => !shown.has(warning.id) && isStillTrue(warning));
    this.#keep(discordId, [...kept, ...warnings.map((warning) => ({ ...warning, isStored: true }))]);
  }

  /** Leaves what may be known here only. */
  evict(person: string): void {
    const unseen = this.#known(person).filter(({ isStored }) => !isStored);
    this.#keep(person, unseen);
  }

  forget(_person: string | undefined, _before: Date): void {
    // Warnings stay, whoever is forgotten.
  }

  clear(): void {
    for (const [person] of this.#warnings.entries()) this.evict(person);
  }

  #known(discordId: string): readonly MirroredWarning[] {
    return this.#warnings.get(discordId) ?? [];
  }

  #keep(discordId: string, warnings: readonly MirroredWarning[]): void {
    if (warnings.length === 0) this.#warnings.delete(discordId);
    else this.#warnings.set(discordId, warnings);
  }

  #isActive({ expiresAt }: IssuedWarning): boolean {
    return expiresAt.getTime() > this.#clock.now();
  }
}

// Two bytes a character at most, and what V8 needs besides.
const sizeOf = (warnings: readonly IssuedWarning[]): number =>
  warnings.reduce((sum, { reason }) => sum + 2 * reason.length + 384, 256);
