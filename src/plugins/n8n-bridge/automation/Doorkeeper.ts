import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Clock } from '#core';
import { replayWindow, type SignatureFault, verify } from '../signature.ts';
import { type Answer, failure, type SignedCall } from './Endpoint.ts';
import { OnceOnly } from './OnceOnly.ts';

/** Ids that are remembered at most: 33 a second, for all of their five minutes. */
const mostIds = 10_000;

const faults: Readonly<Record<SignatureFault, string>> = {
  missing:
    'The request is not signed: send webhook-id, webhook-timestamp and webhook-signature (standardwebhooks.com).',
  malformed:
    'The headers are not in order: one webhook-id without dots, 128 plain characters at most; seconds since 1970.',
  wrong: 'The signature is wrong: sign `<webhook-id>.<webhook-timestamp>.<the exact body>` with N8N_SIGNING_SECRET.',
  old: 'The signature is older than five minutes: sign every request anew, and set the clocks right.',
  future: 'The signature is more than five minutes ahead: set the clocks right.',
};

/** Lets in what is signed, signed just now, and was not let in before. */
export class Doorkeeper {
  readonly #keys: readonly Buffer[];
  readonly #clock: Clock;
  readonly #ids = new OnceOnly(mostIds);

  constructor(keys: readonly Buffer[], clock: Clock) {
    this.#keys = keys;
    this.#clock = clock;
  }

  /**
   * The call, or why it is not let in. A signature does not cover the address: what a body does not say, as that of a
   * GET, its id has to begin with.
   */
  admit(headers: IncomingHttpHeaders, body: Buffer, subject: string | undefined): SignedCall | Answer {
    const now = this.#clock.now();
    const { 'webhook-id': name } = headers;
    const fault = verify(this.#keys, headers, now, body) ?? (isPlain(name) ? undefined : 'malformed');
    if (fault) return failure(401, faults[fault]);
    if (subject !== undefined && !String(name).startsWith(`${subject}-`))
      return failure(
        401,
        'The webhook-id must begin with the id in the address and a hyphen: it is signed for that only.',
      );
    const signedAt = Number(headers['webhook-timestamp']) * 1_000;
    const id = createHash('sha256').update(String(name)).digest('base64url').slice(0, 16);
    const taken = this.#ids.take(id, signedAt + replayWindow, now);
    if (taken === 'new') return { id, signedAt };
    if (taken === 'full') return failure(503, 'Too many requests came within five minutes: send them more slowly.', 60);
    return failure(409, 'This webhook-id was taken already; nothing was done again. Give each request one of its own.');
  }

  /** The call came to nothing and may be tried again under its id. */
  release({ id }: SignedCall): void {
    this.#ids.release(id);
  }
}

const isPlain = (id: string | string[] | undefined): boolean =>
  typeof id === 'string' && /^[\x21-\x7e]{1,128}$/.test(id);
