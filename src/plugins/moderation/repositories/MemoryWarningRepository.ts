import { randomUUID } from 'node:crypto';
import { BoundedMap, type Clock, type Mirror, type WriteOptions } from '#core';
import type {
  IssuedWarning,
  PersonalWarning,
  Revocation,
  WarningRepository,
  WarningsPage,
} from './WarningRepository.ts';
import { warningId } from './warningId.ts';

/** A person's warning as it is known here. */
interface MirroredWarning extends IssuedWarning {
  /** The database has shown it so; else others may not have reached it yet. */
  readonly isStored: boolean;
  /** The key under which it was revoked here. */
  readonly revokedUnder?: string | undefined;
}

interface WarnedPerson {
  /** Empty while nobody said it. */
  readonly username: string;
  readonly warnings: readonly MirroredWarning[];
}

/** Warnings in memory: a mirror of the database, which stands in for it while it is away. */
export class MemoryWarningRepository implements WarningRepository, Mirror {
  readonly #clock: Clock;
  readonly #expiry: number;
  readonly #people: BoundedMap<WarnedPerson>;

  /**
   * A warning expires so many milliseconds after it was issued. All of them take `maxBytes` at most, but those stay
   * that were made here, still count and were not seen in the database.
   */
  constructor(clock: Clock, expiry: number, maxBytes = 8 * 2 ** 20) {
    this.#clock = clock;
    this.#expiry = expiry;
    this.#people = new BoundedMap<WarnedPerson>({
      clock,
      maxBytes,
      // Expired ones can be shown for as long again.
      maxAge: 2 * expiry,
      sizeOf,
      mustKeep: ({ warnings }) => warnings.some((warning) => !warning.isStored && this.#isActive(warning)),
    });
  }

  async addWarning(
    discordId: string,
    username: string,
    reason: string,
    issuedBy: string,
    { key = randomUUID(), at: createdAt = new Date(this.#clock.now()) }: WriteOptions = {},
  ): Promise<number> {
    const { warnings } = this.#known(discordId);
    const id = warningId(key);
    if (!warnings.some((warning) => warning.id === id)) {
      const expiresAt = new Date(createdAt.getTime() + this.#expiry);
      const made = { id, reason, issuedBy, createdAt, expiresAt, isStored: false };
      this.#keep(discordId, { username, warnings: [...warnings, made] });
    }
    return (await this.getActiveWarnings(discordId)).length;
  }

  async revokeWarning(
    discordId: string,
    id: string,
    revokedBy: string,
    { key = randomUUID(), at = new Date(this.#clock.now()) }: WriteOptions = {},
  ): Promise<Revocation> {
    const { username, warnings } = this.#known(discordId);
    const warning = warnings.find((known) => known.id === id);
    if (!warning) return 'unknown';
    if (warning.revokedBy !== undefined) return warning.revokedUnder === key ? 'revoked' : 'alreadyRevoked';
    if (warning.expiresAt <= at) return 'alreadyExpired';
    const expiresAt = new Date(Math.max(at.getTime(), warning.createdAt.getTime()));
    const revoked = { ...warning, expiresAt, revokedBy, revokedUnder: key, isStored: false };
    this.#keep(discordId, { username, warnings: warnings.map((known) => (known === warning ? revoked : known)) });
    return 'revoked';
  }

  async findWarning(id: string): Promise<PersonalWarning | undefined> {
    return this.#all().find((warning) => warning.id === id);
  }

  getActiveWarnings(discordId: string): Promise<IssuedWarning[]> {
    return this.getWarningHistory(discordId, false);
  }

  async getAllActiveWarnings(offset: number, limit: number): Promise<WarningsPage> {
    const active = this.#all()
      .filter((warning) => this.#isActive(warning))
      .toSorted(newestFirst);
    return { total: active.length, warnings: active.slice(offset, offset + limit) };
  }

  async getWarningHistory(discordId: string, includeExpired: boolean): Promise<IssuedWarning[]> {
    return this.#known(discordId)
      .warnings.filter((warning) => includeExpired || this.#isActive(warning))
      .toSorted(newestFirst)
      .map(withoutMarks);
  }

  /** Takes over all of a person's warnings that the database has; the active ones only, unless expired ones are included. */
  learn(discordId: string, warnings: readonly IssuedWarning[], includesExpired = true): void {
    // Most people were never warned.
    if (warnings.length === 0 && this.#people.get(discordId) === undefined) return;
    const shown = new Set(warnings.map(({ id }) => id));
    const isStillTrue = (warning: MirroredWarning): boolean =>
      !warning.isStored || (!includesExpired && !this.#isActive(warning));
    const known = this.#known(discordId);
    const kept = known.warnings.filter((warning) => !shown.has(warning.id) && isStillTrue(warning));
    const learned = warnings.map((warning) => ({
      ...warning,
      isStored: true,
      revokedUnder: known.warnings.find(({ id }) => id === warning.id)?.revokedUnder,
    }));
    this.#keep(discordId, { ...known, warnings: [...kept, ...learned] });
  }

  /** Takes over warnings that the database has, beside others that it may have of the same people. */
  learnSome(warnings: readonly PersonalWarning[]): void {
    for (const { discordId, username, ...warning } of warnings) {
      const { warnings: known } = this.#known(discordId);
      const old = known.find(({ id }) => id === warning.id);
      // Revoked here, and the database has not heard of it yet.
      if (old && !old.isStored && old.revokedBy !== undefined && warning.revokedBy === undefined) continue;
      const learned = { ...warning, isStored: true, revokedUnder: old?.revokedUnder };
      this.#keep(discordId, { username, warnings: [...known.filter((other) => other !== old), learned] });
    }
  }

  /** Leaves what may be known here only. */
  evict(person: string): void {
    const known = this.#known(person);
    this.#keep(person, { ...known, warnings: known.warnings.filter(({ isStored }) => !isStored) });
  }

  forget(_person: string | undefined, _before: Date): void {
    // Warnings stay, whoever is forgotten.
  }

  clear(): void {
    for (const [person] of this.#people.entries()) this.evict(person);
  }

  #all(): PersonalWarning[] {
    return this.#people
      .entries()
      .flatMap(([discordId, { username, warnings }]) =>
        warnings.map((warning) => ({ ...withoutMarks(warning), discordId, username })),
      );
  }

  #known(discordId: string): WarnedPerson {
    return this.#people.get(discordId) ?? { username: '', warnings: [] };
  }

  #keep(discordId: string, person: WarnedPerson): void {
    if (person.warnings.length === 0) this.#people.delete(discordId);
    else this.#people.set(discordId, person);
  }

  #isActive({ expiresAt }: IssuedWarning): boolean {
    return expiresAt.getTime() > this.#clock.now();
  }
}

const newestFirst = (a: IssuedWarning, b: IssuedWarning): number =>
  b.createdAt.getTime() - a.createdAt.getTime() || (a.id < b.id ? 1 : -1);

const withoutMarks = ({ isStored: _isStored, revokedUnder: _key, ...warning }: MirroredWarning): IssuedWarning =>
  warning;

// Two bytes a character at most, and what V8 needs besides.
const sizeOf = ({ warnings }: WarnedPerson): number =>
  warnings.reduce((sum, { reason }) => sum + 2 * reason.length + 448, 256);
