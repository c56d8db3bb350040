import type { RepositoryCall } from '../database/resilient.ts';
import type { Claim } from './Claim.ts';
import type { TurnTable } from './TurnTable.ts';

/** The ledger's name in the journal. */
export const turnWrites = 'turns';

/** A message was taken on while the database was away. */
export const recordCall = (claim: Claim, claimedAt: Date): RepositoryCall => ({
  method: 'record',
  parameters: [claim, claimedAt.toISOString()],
});

/** A message was answered while the database was away. */
export const finishCall = (messageId: string): RepositoryCall => ({ method: 'finish', parameters: [messageId] });

/** Carries out what the ledger wrote into the journal. */
export async function applyTurnWrite(table: TurnTable, instance: string, { method, parameters }: RepositoryCall) {
  if (method === 'record') {
    const [claim, claimedAt] = parameters as [Claim, string];
    await table.record(claim, instance, new Date(claimedAt));
  } else {
    const [messageId] = parameters as [string];
    await table.finish(messageId);
  }
}
