import { setTimeout as wait } from 'node:timers/promises';
import { type Clock, type Draft, seconds } from '#core';
import type { WorkflowReply } from './actions/WorkflowReply.ts';
import { BodyReader } from './BodyReader.ts';
import { faultOfAnswer, isGood } from './faultOfAnswer.ts';
import { HttpClient } from './HttpClient.ts';
import { type Acceptance, ReplyReader } from './ReplyReader.ts';
import { sign } from './signature.ts';
import { WorkflowError } from './WorkflowError.ts';

/** Milliseconds until a call that found nobody is made once more. */
const retryAfter = seconds(1);

export interface WebhookOptions {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Every one of them signs each call; none does where there is none. */
  readonly signingKeys: readonly Buffer[];
  readonly clock: Clock;
}

/** The address that n8n listens at. */
export class Webhook {
  readonly #client: HttpClient;
  readonly #keys: readonly Buffer[];
  readonly #clock: Clock;
  readonly #bodies = new BodyReader();

  constructor({ url, headers, signingKeys, clock }: WebhookOptions) {
    this.#client = new HttpClient(url, { ...headers, 'content-type': 'application/json' });
    this.#keys = signingKeys;
    this.#clock = clock;
  }

  /**
   * Posts JSON under an id and returns the answer, which is drafted while it arrives. It is tried again, once, only where nobody can have got
   * it: n8n goes on with a run, and remembers it, though its caller is gone.
   * @throws WorkflowError, or what the connection failed of; see asWorkflowError
   */
  async post(id: string, body: string, signal: AbortSignal, draft: Draft): Promise<WorkflowReply | Acceptance> {
    try {
      return await this.#exchange(id, body, signal, draft);
    } catch (error) {
      if (!neverConnected(error)) throw error;
      // When the time is up before, the first error tells more.
      await wait(retryAfter, undefined, { signal }).catch(() => Promise.reject(error));
      return this.#exchange(id, body, signal, draft);
    }
  }

  async #exchange(id: string, body: string, signal: AbortSignal, draft: Draft): Promise<WorkflowReply | Acceptance> {
    const headers = this.#keys.length > 0 ? sign(this.#keys, id, this.#clock.now(), body) : {};
    const answer = await this.#client.post({ headers, body, signal });
    const reader = new ReplyReader(draft);
    try {
      if (!isGood(answer)) throw new WorkflowError(await faultOfAnswer(answer), { status: answer.status });
      if (answer.status === 202) return 'accepted';
      await this.#bodies.read(answer.body, reader);
      return reader.finish();
    } finally {
      answer.body.destroy();
      reader.release();
    }
  }
}

// Looking up the name, or connecting, failed; what fails later cannot be told from what began.
function neverConnected(error: unknown): boolean {
  // One error for each of the name's addresses.
  const all: unknown[] = error instanceof AggregateError ? error.errors : [error];
  return all.length > 0 && all.every((each) => each instanceof Error && isOfConnecting(each));
}

const isOfConnecting = ({ syscall }: NodeJS.ErrnoException): boolean =>
  syscall === 'connect' || syscall === 'getaddrinfo';
