import { randomUUID } from 'node:crypto';
import { BoundedMap, type Clock, ErasureMoments, type Mirror, type WriteOptions } from '#core';
import type { KeptEntry, WishListRepository } from './WishListRepository.ts';

/** An entry as a mirror knows it. */
interface MirroredEntry extends KeptEntry {
  /** The database has shown it; else it may not have it yet. */
  readonly isStored: boolean;
}

/** Lists in memory: a mirror of the database, which stands in for it while it is away. */
export class MemoryWishListRepository implements WishListRepository, Mirror {
  readonly #clock: Clock;
  readonly #retention: number;
  readonly #lists: BoundedMap<readonly MirroredEntry[]>;
  readonly #erased: ErasureMoments;

  /** An entry is kept so many milliseconds; all of them take 4 MiB at most. */
  constructor(clock: Clock, retention: number) {
    this.#clock = clock;
    this.#retention = retention;
    this.#lists = new BoundedMap<readonly MirroredEntry[]>({ clock, maxBytes: 4 * 2 ** 20, maxAge: retention, sizeOf });
    this.#erased = new ErasureMoments(clock, retention);
  }

  async add(
    discordId: string,
    _username: string,
    text: string,
    { key = randomUUID(), at = new Date(this.#clock.now()) }: WriteOptions = {},
  ): Promise<void> {
    const known = this.#known(discordId);
    if (!known.some((entry) => entry.key === key))
      this.#keep(discordId, [...known, { key, text, at, isStored: false }]);
  }

  async remove(discordId: string, entry: string): Promise<void> {
    const others = this.#known(discordId).filter(({ key }) => key !== entry);
    this.#keep(discordId, others);
  }

  async list(discordId: string): Promise<KeptEntry[]> {
    return this.#known(discordId)
      .filter(({ at }) => at.getTime() > this.#clock.now() - this.#retention)
      .map(({ key, text, at }) => ({ key, text, at }));
  }

  /** Takes over all that the database has of a person; what was added here and is not among it may be on its way. */
  learn(discordId: string, entries: readonly KeptEntry[]): void {
    const shown = new Set(entries.map(({ key }) => key));
    const onTheWay = this.#known(discordId).filter(({ key, isStored }) => !isStored && !shown.has(key));
    this.#keep(discordId, [...onTheWay, ...entries.map((entry) => ({ ...entry, isStored: true }))]);
  }

  evict(person: string): void {
    this.#lists.delete(person);
  }

  forget(person: string | undefined, before: Date, scope: 'conversations' | 'everything'): void {
    if (scope === 'conversations') return;
    this.#erased.raise(person, before.getTime());
    const people = person === undefined ? this.#lists.entries().map(([known]) => known) : [person];
    for (const known of people) this.#keep(known, this.#known(known));
  }

  clear(): void {
    for (const [person] of this.#lists.entries()) this.evict(person);
  }

  #known(discordId: string): readonly MirroredEntry[] {
    return this.#lists.get(discordId) ?? [];
  }

  // What was erased stays out, however late it comes.
  #keep(discordId: string, entries: readonly MirroredEntry[]): void {
    const kept = entries.filter(({ at }) => !this.#erased.covers(discordId, at.getTime())).toSorted(oldestFirst);
    if (kept.length === 0) this.#lists.delete(discordId);
    else this.#lists.set(discordId, kept);
  }
}

const oldestFirst = (a: KeptEntry, b: KeptEntry): number => a.at.getTime() - b.at.getTime() || (a.key < b.key ? -1 : 1);

// Two bytes a character at most, and what V8 needs besides.
const sizeOf = (entries: readonly KeptEntry[]): number =>
  entries.reduce((sum, { key, text }) => sum + 2 * (key.length + text.length) + 256, 256);
