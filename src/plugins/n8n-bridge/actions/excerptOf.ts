import { readAction } from './Action.ts';
import { plainType } from './plainType.ts';

/** Actions of one reply that are looked at. */
export const mostActions = 5;

/** What is looked at of a reply's `actions`; the rest can take ten times the memory of its JSON, and is let go of. */
export function excerptOf(given: unknown): unknown {
  if (given === undefined || given === null) return undefined;
  // One more tells that there were more.
  return Array.isArray(given) ? given.slice(0, mostActions + 1).map(inBrief) : inBrief(given);
}

const inBrief = (given: unknown): unknown => readAction(given) ?? { type: plainType(given) };
