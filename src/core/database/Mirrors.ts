import type { DeadLetters } from '../journal/DeadLetters.ts';
import type { Log } from '../log/createLog.ts';
import type { Mirror } from './Mirror.ts';
import type { Erasure } from './Sentinel.ts';

/** Everything on this instance that keeps what people said besides the database: what is erased there is erased here too. */
export class Mirrors {
  readonly #mirrors = new Set<Mirror>();
  readonly #deadLetters: DeadLetters;
  readonly #log: Log;

  constructor(deadLetters: DeadLetters, log: Log) {
    this.#deadLetters = deadLetters;
    this.#log = log;
  }

  add(mirror: Mirror): void {
    this.#mirrors.add(mirror);
  }

  /** Drops what is known of a person: another instance goes on with them. */
  evict(person: string): void {
    for (const mirror of this.#mirrors) mirror.evict(person);
  }

  /** Erases what another instance, or this one, has erased in the database. */
  forget({ person, before, scope }: Erasure): void {
    for (const mirror of this.#mirrors) mirror.forget(person, before, scope);
    this.#deadLetters.forget(person, before).catch((error: unknown) => {
      this.#log.error({ err: error }, 'Erased data may still be among the dead letters: npm run journal -- ls');
    });
  }
}
