import type { KeyedExchange } from './ConversationRepository.ts';

/** An exchange as a mirror keeps it. */
export interface MirroredExchange extends KeyedExchange {
  /** Whether the database has shown it; others may not have reached it yet. */
  readonly isStored: boolean;
}

const orderOf = ({ timestamp }: KeyedExchange): number => timestamp.getTime();

/** Oldest first; those of the same moment in the order in which they came. */
export const inOrder = <T extends KeyedExchange>(exchanges: readonly T[]): T[] =>
  exchanges.toSorted((a, b) => orderOf(a) - orderOf(b));

/**
 * What is known of a person after the database showed its newest exchanges, at most `limit` of them, oldest first.
 * What was written here under a key and is not among them may still be on its way, so it stays. What the database
 * showed before and does not show now was removed there, unless it is older than what could be shown.
 */
export function mergeExchanges(
  known: readonly MirroredExchange[],
  shown: readonly KeyedExchange[],
  limit: number,
): MirroredExchange[] {
  const [oldest] = shown;
  const isOutOfSight = (exchange: KeyedExchange): boolean =>
    shown.length >= limit && (oldest === undefined || orderOf(exchange) < orderOf(oldest));
  const keys = new Set(shown.flatMap(({ key }) => key ?? []));
  const kept = known.filter((exchange) => {
    if (exchange.key !== undefined && keys.has(exchange.key)) return false;
    return exchange.isStored ? isOutOfSight(exchange) : exchange.key !== undefined;
  });
  return inOrder([...kept, ...shown.map((exchange) => ({ ...exchange, isStored: true }))]);
}
