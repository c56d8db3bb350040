import type { Journal } from '../journal/Journal.ts';
import type { JournalEntry } from '../journal/JournalEntry.ts';
import type { Log } from '../log/createLog.ts';
import { type Clock, hours } from '../time.ts';
import type { Mirror } from './Mirror.ts';
import type { Erasure } from './Sentinel.ts';

/** So long after it was written a message may still be answered, in milliseconds. */
const latest = hours(24);
/** Milliseconds between two looks for erasings that matter no more. */
const interval = hours(1);

/** Everything on this instance that keeps what people said besides the database: what is erased there is erased here too. */
export class Mirrors {
  readonly #mirrors = new Map<string, { mirror: Mirror; erasedWith: Erasure['scope'] | undefined }>();
  readonly #journal: Pick<Journal, 'deadLetters' | 'oldest' | 'wipe'>;
  readonly #log: Log;
  readonly #clock: Clock;
  /** The latest of each kind: a mirror that is made after it has to keep out what arrives late, too. */
  readonly #erasures = new Map<string, Erasure>();
  #nextSweep = 0;

  constructor(journal: Pick<Journal, 'deadLetters' | 'oldest' | 'wipe'>, log: Log, clock: Clock) {
    this.#journal = journal;
    this.#log = log;
    this.#clock = clock;
  }

  /** What may still arrive was written after this moment, in milliseconds since 1970; so were the erasings that concern it. */
  get horizon(): number {
    return Math.min(this.#clock.now() - latest, this.#journal.oldest ?? Number.POSITIVE_INFINITY);
  }

  /** `erasedWith`: which erasing takes away what the journal keeps of this repository's writes; undefined: none does. */
  add(repository: string, mirror: Mirror, erasedWith: Erasure['scope'] | undefined): void {
    this.#mirrors.set(repository, { mirror, erasedWith });
    for (const { person, before, scope } of this.#erasures.values()) mirror.forget(person, before, scope);
  }

  /** Drops what is known of a person: another instance goes on with them. */
  evict(person: string): void {
    for (const { mirror } of this.#mirrors.values()) mirror.evict(person);
  }

  /** Erases what another instance, or this one, has erased in the database. */
  forget(erasure: Erasure): void {
    const { person, before, scope } = erasure;
    this.#note(erasure);
    for (const { mirror } of this.#mirrors.values()) mirror.forget(person, before, scope);
    this.#journal.wipe();
    const isMeant = ({ body }: JournalEntry): boolean => {
      const erasedWith = this.#mirrors.get((body as { repository: string }).repository)?.erasedWith;
      return erasedWith === scope || (erasedWith !== undefined && scope === 'everything');
    };
    this.#journal.deadLetters.forget(person, before, isMeant).catch((error: unknown) => {
      this.#log.error({ err: error }, 'Erased data may still be among the dead letters: npm run journal -- ls');
    });
  }

  #note(erasure: Erasure): void {
    const name = `${erasure.scope} ${erasure.person}`;
    const known = this.#erasures.get(name);
    if (!known || known.before < erasure.before) this.#erasures.set(name, erasure);
    const now = this.#clock.now();
    if (now < this.#nextSweep) return;
    this.#nextSweep = now + interval;
    const { horizon } = this;
    for (const [each, { before }] of this.#erasures) if (before.getTime() < horizon) this.#erasures.delete(each);
  }
}
