import type { IssuedWarning } from './repositories/WarningRepository.ts';

/** How long warnings count, and what they lead to. */
export interface WarningRule {
  /** Milliseconds that a warning counts. */
  readonly expiry: number;
  /** At so many active warnings a person cannot chat; 0: never. */
  readonly suspendAt: number;
}

/** Until when a person with these active warnings cannot chat: until so many expired that few enough are left. */
export function suspendedUntil(
  active: readonly IssuedWarning[],
  { suspendAt }: Pick<WarningRule, 'suspendAt'>,
): Date | undefined {
  if (suspendAt === 0 || active.length < suspendAt) return undefined;
  const ends = active.map(({ expiresAt }) => expiresAt).toSorted((a, b) => a.getTime() - b.getTime());
  return ends[active.length - suspendAt];
}
