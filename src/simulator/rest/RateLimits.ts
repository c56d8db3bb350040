import { createHash } from 'node:crypto';

/** The request as the limits see it. */
export interface LimitedRequest {
  method: string;
  /** The route's pattern, e.g. `/channels/:channelId/messages`. */
  route: string;
  /** The channel, guild or interaction, which has a bucket of its own. */
  major: string;
}

/** What a request is told, and (when it came too early) how long it has to wait. */
export interface Verdict {
  headers: Record<string, string>;
  limited?: { retryAfterMs: number; global: boolean };
}

interface Window {
  used: number;
  endsAt: number;
}

const GLOBAL = { limit: 50, windowMs: 1_000 };
const DEFAULT = { limit: 50, windowMs: 1_000 };
/** As observed on Discord, which promises no numbers: https://discord.com/developers/docs/topics/rate-limits */
const ROUTES: Record<string, { limit: number; windowMs: number }> = {
  'POST /channels/:channelId/messages': { limit: 5, windowMs: 5_000 },
  'PATCH /channels/:channelId/messages/:messageId': { limit: 5, windowMs: 5_000 },
  'DELETE /channels/:channelId/messages/:messageId': { limit: 5, windowMs: 1_000 },
  'GET /channels/:channelId/messages': { limit: 5, windowMs: 5_000 },
  'POST /channels/:channelId/typing': { limit: 5, windowMs: 5_000 },
  'POST /users/@me/channels': { limit: 10, windowMs: 10_000 },
};
const GENEROUS = { limit: 1_000, windowMs: 1_000 };
/** https://discord.com/developers/docs/interactions/receiving-and-responding#interaction-response-object: "not bound to the bot's Global Rate Limit" */
const UNBOUND = /^\/(interactions|webhooks)\//;
const MAX_WINDOWS = 10_000;

/** Discord's buckets, one for each route and channel, under a global limit. Not enforced, they only fill the headers. */
export class RateLimits {
  readonly #enforced: boolean;
  readonly #windows = new Map<string, Window>();

  constructor(enforced: boolean) {
    this.#enforced = enforced;
  }

  /** Counts a request. */
  take({ method, route, major }: LimitedRequest): Verdict {
    const name = `${method} ${route}`;
    const rule = this.#enforced ? (ROUTES[name] ?? DEFAULT) : GENEROUS;
    const bucket = createHash('sha256').update(name).digest('hex').slice(0, 32);
    const window = this.#window(`${name} ${major}`, rule.windowMs);
    const everything = this.#window('global', GLOBAL.windowMs);
    const exhausted = this.#enforced && window.used >= rule.limit;
    const globally = this.#enforced && !UNBOUND.test(route) && everything.used >= GLOBAL.limit;
    if (!exhausted && !globally) {
      window.used += 1;
      if (!UNBOUND.test(route)) everything.used += 1;
    }
    const remaining = this.#enforced ? rule.limit - window.used : GENEROUS.limit - 1;
    const headers = limitHeaders({ limit: rule.limit, remaining, resetAt: window.endsAt, bucket });
    if (!exhausted && !globally) return { headers };
    const endsAt = Math.max(exhausted ? window.endsAt : 0, globally ? everything.endsAt : 0);
    return { headers, limited: { retryAfterMs: Math.max(endsAt - Date.now(), 1), global: globally } };
  }

  #window(key: string, windowMs: number): Window {
    const now = Date.now();
    const current = this.#windows.get(key);
    if (current && current.endsAt > now) return current;
    const fresh = { used: 0, endsAt: now + windowMs };
    this.#windows.delete(key);
    this.#windows.set(key, fresh);
    const [oldest] = this.#windows.keys();
    if (this.#windows.size > MAX_WINDOWS && oldest !== undefined) this.#windows.delete(oldest);
    return fresh;
  }
}

function limitHeaders(state: { limit: number; remaining: number; resetAt: number; bucket: string }) {
  return {
    'x-ratelimit-limit': String(state.limit),
    'x-ratelimit-remaining': String(state.remaining),
    'x-ratelimit-reset': (state.resetAt / 1000).toFixed(3),
    'x-ratelimit-reset-after': (Math.max(state.resetAt - Date.now(), 0) / 1000).toFixed(3),
    'x-ratelimit-bucket': state.bucket,
  };
}
