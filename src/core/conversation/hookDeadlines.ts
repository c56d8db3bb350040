import { minutes, seconds } from '../time.ts';
import type { HookName } from './Hooks.ts';

/**
 * Milliseconds that each hook may take: no plugin holds a turn, or a command, for ever. `patience` is what one call of
 * the database may take, of which a hook makes a few. What our own hooks wait for has a shorter deadline of its own; to
 * erase everything of everyone may take a quarter of an hour.
 */
export const hookDeadlines = (patience: number): Readonly<Record<HookName, number>> => ({
  recall: Math.max(seconds(10), 3 * patience),
  respond: minutes(15),
  record: Math.max(seconds(30), 3 * patience),
  forget: minutes(20),
  exportData: Math.max(minutes(2), 3 * patience),
});
