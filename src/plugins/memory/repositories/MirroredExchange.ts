import type { KeyedExchange } from './ConversationRepository.ts';

/** An exchange as a mirror keeps it. */
export interface MirroredExchange extends KeyedExchange {
  /** Whether the database has shown it; others may not have reached it yet. */
  readonly isStored: boolean;
}

const orderOf = ({ timestamp }: KeyedExchange): number => timestamp.getTime();

/** With one more exchange, behind those of the same moment. All are oldest first. */
export function withExchange(known: readonly MirroredExchange[], exchange: MirroredExchange): MirroredExchange[] {
  const last = known.findLastIndex((other) => orderOf(other) <= orderOf(exchange));
  return known.toSpliced(last + 1, 0, exchange);
}

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
  // Most often it shows what is known, and only what was written here since it did so before is not marked as stored.
  if (known.length === shown.length && known.every((exchange, place) => isSame(exchange, shown[place])))
    return shown.map((exchange, place) => {
      const old = known[place];
      return old?.isStored ? old : asStored(exchange);
    });
  const [oldest] = shown;
  const isOutOfSight = (exchange: KeyedExchange): boolean =>
    shown.length >= limit && (oldest === undefined || orderOf(exchange) < orderOf(oldest));
  const keys = new Set(shown.flatMap(({ key }) => key ?? []));
  const kept = known.filter((exchange) => {
    if (exchange.key !== undefined && keys.has(exchange.key)) return false;
    return exchange.isStored ? isOutOfSight(exchange) : exchange.key !== undefined;
  });
  return [...kept, ...shown.map(asStored)].toSorted((a, b) => orderOf(a) - orderOf(b));
}

const isSame = (one: KeyedExchange, other: KeyedExchange | undefined): boolean =>
  one.key === other?.key &&
  one.userMessage === other?.userMessage &&
  one.aiResponse === other.aiResponse &&
  orderOf(one) === orderOf(other);

const asStored = (exchange: KeyedExchange): MirroredExchange => ({ ...exchange, isStored: true });
