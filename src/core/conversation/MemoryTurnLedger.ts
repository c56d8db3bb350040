import type { Claim, TurnLedger } from './TurnLedger.ts';

/** Discord sends an event again within minutes, not hours: this many messages cover that many times over. */
const capacity = 100_000;

/** The ledger while the database is away; the oldest claims make room for new ones. */
export class MemoryTurnLedger implements TurnLedger {
  readonly #claimed = new Set<string>();

  async claim({ messageId }: Claim): Promise<boolean> {
    if (this.#claimed.has(messageId)) return false;
    this.#claimed.add(messageId);
    const [oldest] = this.#claimed;
    if (this.#claimed.size > capacity && oldest !== undefined) this.#claimed.delete(oldest);
    return true;
  }

  async finish(_messageId: string): Promise<void> {
    // A claim outlives its turn, so that a repeated event finds it.
  }
}
