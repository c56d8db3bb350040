import { UserError } from '@sapphire/framework';
import { DiscordAPIError, HTTPError, RateLimitError } from 'discord.js';
import { UnavailableError } from '../database/Availability.ts';
import { DatabaseClosedError } from '../database/DatabaseClosedError.ts';
import { isOutage } from '../database/isOutage.ts';
import { DeadlineError } from '../withDeadline.ts';
import { OutsideError } from './OutsideError.ts';

/** Refusals, and what says itself that something else is away. */
const notOwn = [
  UserError,
  UnavailableError,
  DatabaseClosedError,
  OutsideError,
  DeadlineError,
  HTTPError,
  RateLimitError,
];

/** A SQLSTATE, or what the operating system and `fetch` call a connection that fails: `ECONNREFUSED`, `ENOTFOUND`. */
const fromOutside = /^([0-9A-Z]{5}|E[A-Z]+|UND_ERR_\w+)$/;

/**
 * Whether a failure of a plugin speaks against the plugin itself: no refusal, and nothing that came of a database, a
 * network or a Discord that is away. What an error was caused by tells too.
 */
export function isOwnFault(error: unknown): boolean {
  const seen = new Set<unknown>();
  // Two errors may name each other as their cause.
  for (let each = error; each instanceof Error && !seen.has(each); each = each.cause) {
    seen.add(each);
    if (notOwn.some((type) => each instanceof type)) return false;
    if (each instanceof DiscordAPIError && each.status >= 500) return false;
    // What AbortSignal.timeout throws.
    if (each.name === 'TimeoutError') return false;
    const { code } = each as { code?: unknown };
    if (typeof code === 'string' && fromOutside.test(code) && isOutage(each)) return false;
  }
  return true;
}
