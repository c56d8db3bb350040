import { expect } from 'vitest';
import type { Audit, Sums } from './audit.ts';

const SHOWN = 30;

/** Fails unless an audit found no problem and these sums; shows all sums and the first problems. */
export function expectWhole({ sums, problems }: Audit, expected: Partial<Sums>): void {
  const rest = problems.length > SHOWN ? [`and ${problems.length - SHOWN} more`] : [];
  const shown = [...problems.slice(0, SHOWN), ...rest];
  // In the message too: some reporters show no difference.
  expect({ sums, problems: shown }, shown.join('\n')).toEqual({ sums: { ...sums, ...expected }, problems: [] });
}
