import { createHmac, timingSafeEqual } from 'node:crypto';
import { minutes } from '#core';

/** What travels beside a signed body, by header. */
export type SignedHeaders = {
  readonly 'webhook-id': string;
  /** Seconds since 1970. */
  readonly 'webhook-timestamp': string;
  /** `v1,<base64>`, one for each secret, separated by blanks. */
  readonly 'webhook-signature': string;
};

/** Why a message is not taken for what it says to be. */
export type SignatureFault = 'missing' | 'malformed' | 'old' | 'future' | 'wrong';

/** A message's time may be so far from ours, for the way and for clocks; after it, a copy of it is worth nothing. */
export const replayWindow = minutes(5);

const secretForm = /^(?:whsec_)?([A-Za-z0-9+/]{32,86}={0,2})$/;

/**
 * The keys in a list of secrets separated by commas or blanks, or undefined where one is not 24 to 64 bytes in base64
 * (with or without `whsec_` before them).
 */
export function parseSecrets(list: string): readonly Buffer[] | undefined {
  const keys = list
    .split(/[\s,]+/)
    .filter((secret) => secret !== '')
    .map((secret) => Buffer.from(secretForm.exec(secret)?.[1] ?? '', 'base64'));
  return keys.length > 0 && keys.every(({ length }) => length >= 24 && length <= 64) ? keys : undefined;
}

/**
 * Signs a body with every key, so that whoever knows one of them can check it while secrets are being changed:
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export function sign(keys: readonly Buffer[], id: string, now: number, body: string): SignedHeaders {
  const timestamp = String(Math.floor(now / 1_000));
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': keys.map((key) => signatureOf(key, id, timestamp, body)).join(' '),
  };
}

/** Checks the raw body of a message against its headers; undefined says that one of the keys signed it, and just now. */
export function verify(
  keys: readonly Buffer[],
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
  now: number,
  body: string | Buffer,
): SignatureFault | undefined {
  const id = headers['webhook-id'];
  const timestamp = headers['webhook-timestamp'];
  const signatures = headers['webhook-signature'];
  if (id === undefined || timestamp === undefined || signatures === undefined) return 'missing';
  if (typeof id !== 'string' || typeof timestamp !== 'string' || typeof signatures !== 'string') return 'malformed';
  // With a dot in it, an id could end where another message's body begins.
  if (id === '' || id.includes('.') || !/^\d{1,12}$/.test(timestamp)) return 'malformed';
  const age = now - Number(timestamp) * 1_000;
  const given = signatures.split(' ');
  const isOurs = keys
    .map((key) => signatureOf(key, id, timestamp, body))
    .map((right) => given.map((signature) => isSame(signature, right)).includes(true))
    .includes(true);
  if (!isOurs) return 'wrong';
  if (Math.abs(age) <= replayWindow) return undefined;
  return age > 0 ? 'old' : 'future';
}

const signatureOf = (key: Buffer, id: string, timestamp: string, body: string | Buffer): string =>
  `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest('base64')}`;

// As text, not decoded: base64 has several spellings of some bytes.
function isSame(given: string, right: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(right)];
  return one.length === other.length && timingSafeEqual(one, other);
}
