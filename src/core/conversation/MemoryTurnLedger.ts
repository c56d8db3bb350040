import { RecentIds } from './RecentIds.ts';
import type { Claim, TurnLedger } from './TurnLedger.ts';

/** The ledger while the database is away. */
export class MemoryTurnLedger implements TurnLedger {
  readonly #claimed = new RecentIds();

  async claim({ messageId }: Claim): Promise<boolean> {
    return this.#claimed.add(messageId);
  }

  async finish(_messageId: string): Promise<void> {
    // A claim outlives its turn, so that a repeated event finds it.
  }
}
