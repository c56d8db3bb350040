import { type Clock, days, ErasureMoments, type Mirror, TimeSlice, type WriteOptions } from '#core';
import type { CountedMessage, RateLimitRepository, RateLimitState } from './RateLimitRepository.ts';
import { stateOf } from './stateOf.ts';

/**
 * Rate limits in memory: a mirror of the database, which stands in for it while it is away. What was counted stays
 * true whoever counts on, so nothing but time and an erasing takes a count away: it goes when two windows are over.
 */
export class MemoryRateLimitRepository implements RateLimitRepository, Mirror {
  readonly #clock: Clock;
  /** Most people have one count, so that is kept without a list: a fifth less memory. */
  readonly #counts = new Map<string, CountedMessage | readonly CountedMessage[]>();
  readonly #erased: ErasureMoments;
  #withoutKey = 0;
  #nextSweep: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
    // Longer than two of the longest windows that the bot takes.
    this.#erased = new ErasureMoments(clock, days(3));
  }

  async checkAndUpdateLimit(
    discordId: string,
    max: number,
    windowMs: number,
    options: WriteOptions = {},
  ): Promise<RateLimitState> {
    const message = this.#named(options);
    const known = this.#recall(discordId, message.at, windowMs);
    const isKnown = includes(known, message.key);
    const allowed = isKnown || within(known, message.at, windowMs).length < max;
    const counted = allowed && !isKnown ? this.#count(discordId, message, known) : known;
    return { ...this.#state(within(counted, message.at, windowMs), message.at, max, windowMs), allowed };
  }

  async recordMessage(discordId: string, windowMs: number, options: WriteOptions = {}): Promise<void> {
    const message = this.#named(options);
    this.#count(discordId, message, this.#recall(discordId, message.at, windowMs));
  }

  async getLimit(discordId: string, max: number, windowMs: number): Promise<RateLimitState> {
    const now = this.#clock.now();
    const counts = this.#known(discordId).filter(({ at }) => at > now - windowMs);
    return this.#state(counts, now, max, windowMs);
  }

  async resetUserLimit(discordId: string, { at }: WriteOptions = {}): Promise<void> {
    this.#erase(discordId, at?.getTime() ?? this.#clock.now());
  }

  /** Takes over what the database has counted of a person, by key, beside what was counted here. */
  learn(discordId: string, counts: Readonly<Record<string, number>>): void {
    const known = this.#known(discordId);
    const keys = known.map(({ key }) => key);
    const learned = Object.keys(counts)
      .filter((key) => !keys.includes(key))
      .map((key) => ({ key, at: counts[key] ?? 0 }))
      .filter(({ at }) => !this.#erased.covers(discordId, at));
    if (learned.length > 0) this.#keep(discordId, known.concat(learned));
  }

  evict(_person: string): void {
    // What somebody else counts comes on top, with the next lesson.
  }

  forget(person: string | undefined, before: Date, scope: 'conversations' | 'everything'): void {
    if (scope === 'everything') this.#erase(person, before.getTime());
  }

  clear(): void {
    // A limit must hold through whatever happens within its window.
  }

  #named({ key, at }: WriteOptions): CountedMessage {
    this.#withoutKey += 1;
    return { key: key ?? `without-key-${this.#withoutKey}`, at: at?.getTime() ?? this.#clock.now() };
  }

  // A window longer than it counts, for messages that come late.
  #recall(discordId: string, at: number, windowMs: number): readonly CountedMessage[] {
    this.#sweep(windowMs);
    const known = this.#known(discordId);
    const recent = without(known, (count) => count.at <= at - 2 * windowMs);
    if (recent.length < known.length) this.#keep(discordId, recent);
    return recent;
  }

  #count(discordId: string, message: CountedMessage, known = this.#known(discordId)): readonly CountedMessage[] {
    if (includes(known, message.key) || this.#erased.covers(discordId, message.at)) return known;
    // An array that grows in place takes room for 17 counts at the second.
    const counts = known.concat(message);
    this.#keep(discordId, counts);
    return counts;
  }

  #erase(person: string | undefined, moment: number): void {
    this.#erased.raise(person, moment);
    if (person === undefined) void this.#removeUnknown(Number.NEGATIVE_INFINITY);
    else this.#keep(person, this.#known(person));
  }

  // Once a window, so that people who left do not stay in memory.
  #sweep(windowMs: number): void {
    const now = this.#clock.now();
    this.#nextSweep ??= now + windowMs;
    if (now < this.#nextSweep) return;
    this.#nextSweep = now + windowMs;
    void this.#removeUnknown(now - 2 * windowMs);
  }

  // There may be many people: others have their turn meanwhile. What was erased is not known from the first moment on.
  async #removeUnknown(since: number): Promise<void> {
    const slice = new TimeSlice();
    await slice.next();
    for (const [discordId, counts] of this.#counts) {
      const known = this.#known(discordId);
      const left = known.some(({ at }) => at > since) ? known : [];
      if (left.length < listed(counts).length) this.#keep(discordId, left);
      if (slice.isOver) await slice.next();
    }
  }

  /** What was counted of a person and not erased since. */
  #known(discordId: string): readonly CountedMessage[] {
    const counts = listed(this.#counts.get(discordId) ?? []);
    return without(counts, ({ at }) => this.#erased.covers(discordId, at));
  }

  #keep(discordId: string, counts: readonly CountedMessage[]): void {
    const [first] = counts;
    if (first === undefined) this.#counts.delete(discordId);
    else this.#counts.set(discordId, counts.length === 1 ? first : counts);
  }

  #state(counts: readonly CountedMessage[], now: number, max: number, windowMs: number): RateLimitState {
    let oldest: number | undefined;
    for (const { at } of counts) oldest = Math.min(at, oldest ?? at);
    return stateOf({ current: counts.length, oldest, now }, max, windowMs);
  }
}

const listed = (counts: CountedMessage | readonly CountedMessage[]): readonly CountedMessage[] =>
  'key' in counts ? [counts] : counts;

const includes = (counts: readonly CountedMessage[], key: string): boolean => counts.some((count) => count.key === key);

// Most often all of them stay.
const without = (
  counts: readonly CountedMessage[],
  goes: (count: CountedMessage) => boolean,
): readonly CountedMessage[] => (counts.some(goes) ? counts.filter((count) => !goes(count)) : counts);

const within = (counts: readonly CountedMessage[], at: number, windowMs: number): readonly CountedMessage[] =>
  counts.filter((count) => Math.abs(count.at - at) < windowMs);
