import type { Journal } from '../journal/Journal.ts';
import type { JournalEntry } from '../journal/JournalEntry.ts';
import type { Log } from '../log/createLog.ts';
import type { Mirror } from './Mirror.ts';
import type { Erasure } from './Sentinel.ts';

/** Everything on this instance that keeps what people said besides the database: what is erased there is erased here too. */
export class Mirrors {
  readonly #mirrors = new Map<string, { mirror: Mirror; erasedWith: Erasure['scope'] | undefined }>();
  readonly #journal: Pick<Journal, 'deadLetters' | 'wipe'>;
  readonly #log: Log;

  constructor(journal: Pick<Journal, 'deadLetters' | 'wipe'>, log: Log) {
    this.#journal = journal;
    this.#log = log;
  }

  /** `erasedWith`: which erasing takes away what the journal keeps of this repository's writes; undefined: none does. */
  add(repository: string, mirror: Mirror, erasedWith: Erasure['scope'] | undefined): void {
    this.#mirrors.set(repository, { mirror, erasedWith });
  }

  /** Drops what is known of a person: another instance goes on with them. */
  evict(person: string): void {
    for (const { mirror } of this.#mirrors.values()) mirror.evict(person);
  }

  /** Erases what another instance, or this one, has erased in the database. */
  forget({ person, before, scope }: Erasure): void {
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
}
