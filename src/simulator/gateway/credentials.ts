/** What a bot sends with IDENTIFY, as far as it matters here. */
export interface Identify {
  token: unknown;
  intents: unknown;
  shard: readonly [number, number] | undefined;
}

/** What a bot sends with RESUME. */
export interface Resume {
  token: unknown;
  sessionId: string;
  sequence: number;
}

/** Reads IDENTIFY; `shard` is undefined when it is not a valid pair. */
export function readIdentify(data: unknown): Identify {
  const { token, intents, shard = [0, 1] } = fields(data);
  const [id, count]: unknown[] = Array.isArray(shard) ? shard : [];
  const valid = typeof id === 'number' && typeof count === 'number' && id >= 0 && id < count;
  return { token: plain(token), intents, shard: valid ? [id, count] : undefined };
}

/** Reads RESUME; a missing session is one that nobody knows. */
export function readResume(data: unknown): Resume {
  const { token, session_id: sessionId, seq } = fields(data);
  return { token: plain(token), sessionId: String(sessionId), sequence: typeof seq === 'number' ? seq : 0 };
}

function fields(data: unknown): Record<string, unknown> {
  return typeof data === 'object' && data !== null ? { ...data } : {};
}

function plain(token: unknown): unknown {
  return typeof token === 'string' ? token.replace(/^Bot /, '') : token;
}
