import { JournalError } from './JournalError.ts';
import type { JournalOptions } from './JournalOptions.ts';

const nearlyFull = 0.8;

/** How large the journal may become, and a word in time when it comes near that. */
export class Room {
  readonly #options: Pick<Required<JournalOptions>, 'maxBytes' | 'reserveBytes' | 'log'>;
  #isNearlyFull = false;

  constructor(options: Pick<Required<JournalOptions>, 'maxBytes' | 'reserveBytes' | 'log'>) {
    this.#options = options;
  }

  /** @throws JournalError JournalFull when the journal may not have so many bytes. */
  check(bytes: number, isEssential: boolean): void {
    const { maxBytes, reserveBytes } = this.#options;
    if (bytes <= maxBytes + (isEssential ? reserveBytes : 0)) return;
    throw new JournalError(
      'JournalFull',
      `The journal is full (${maxBytes} bytes). It empties itself as soon as the database and Discord can be reached.`,
    );
  }

  /** Says once that the journal is nearly full, and once more after there was room. */
  watch(bytes: number, open: number): void {
    const { maxBytes, log } = this.#options;
    const isNearlyFull = bytes > maxBytes * nearlyFull;
    if (isNearlyFull && !this.#isNearlyFull)
      log.error(
        { bytes, maxBytes, open },
        'The journal is nearly full. See why the database or Discord cannot be reached.',
      );
    this.#isNearlyFull = isNearlyFull;
  }
}
