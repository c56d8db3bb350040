import { setTimeout as wait } from 'node:timers/promises';
import { type Clock, type Draft, seconds } from '#core';
import type { WorkflowReply } from './actions/WorkflowReply.ts';
import { BodyReader } from './BodyReader.ts';
import { faultOfAnswer } from './faultOfAnswer.ts';
import { type HttpAnswer, HttpClient } from './HttpClient.ts';
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
  readonly #options: WebhookOptions;
  readonly #client = new HttpClient();
  readonly #bodies = new BodyReader();

  constructor(options: WebhookOptions) {
    this.#options = options;
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
    const { url, headers, signingKeys, clock } = this.#options;
    const signed = signingKeys.length > 0 ? sign(signingKeys, id, clock.now(), body) : {};
    const answer = await this.#client.post({
      url,
      headers: { ...headers, ...signed, 'content-type': 'application/json' },
      body,
      signal,
    });
    try {
      const fault = await faultOfAnswer(answer);
      if (fault) throw new WorkflowError(fault, { status: answer.status });
      return answer.status === 202 ? 'accepted' : await this.#read(answer, draft);
    } finally {
      answer.body.destroy();
    }
  }

  async #read({ body }: HttpAnswer, draft: Draft): Promise<WorkflowReply | Acceptance> {
    const reader = new ReplyReader(draft);
    try {
      await this.#bodies.read(body, reader);
      return reader.finish();
    } finally {
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
