import type { Reply } from '#core';
import { parseReply } from './parseReply.ts';
import { WorkflowError } from './WorkflowError.ts';
import type { WorkflowPayload } from './WorkflowPayload.ts';

/** Bytes of an answer that are read at most, after decompression. */
const largest = 1_048_576;

export interface WorkflowOptions {
  readonly url: string;
  /** Milliseconds until an answer is given up, headers and body together. */
  readonly timeout: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** The n8n workflow that answers: one call a turn. */
export class Workflow {
  readonly #options: WorkflowOptions;
  #state: 'unknown' | 'answering' | 'failing' = 'unknown';
  #lastFault: string | undefined;

  constructor(options: WorkflowOptions) {
    this.#options = options;
  }

  /** How the last call went, for operators. */
  get health(): { state: string; lastFault?: string } {
    return { state: this.#state, ...(this.#lastFault === undefined ? {} : { lastFault: this.#lastFault }) };
  }

  /** @throws WorkflowError */
  async call(payload: WorkflowPayload): Promise<Reply> {
    try {
      const reply = parseReply(await this.#post(JSON.stringify(payload)));
      this.#state = 'answering';
      return reply;
    } catch (error) {
      const fault = error instanceof WorkflowError ? error : asWorkflowError(error);
      this.#state = 'failing';
      this.#lastFault = fault.fault;
      throw fault;
    }
  }

  async #post(body: string): Promise<string> {
    // Not AbortSignal.timeout, whose timer outlives the call and keeps it in memory.
    const giveUp = new AbortController();
    const timer = setTimeout(
      () => giveUp.abort(new DOMException('The workflow took too long.', 'TimeoutError')),
      this.#options.timeout,
    );
    try {
      return await this.#exchange(body, giveUp.signal);
    } finally {
      clearTimeout(timer);
    }
  }

  async #exchange(body: string, signal: AbortSignal): Promise<string> {
    const { url, headers } = this.#options;
    const response = await fetch(url, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body,
      // A redirect could lead anywhere, with the secret header.
      redirect: 'manual',
      signal,
    });
    const fault = faultOf(response.status);
    if (fault) {
      await response.body?.cancel();
      throw new WorkflowError(fault, { status: response.status });
    }
    return readBody(response);
  }
}

function faultOf(status: number): WorkflowError['fault'] | undefined {
  if (status >= 200 && status < 300) return undefined;
  if (status >= 300 && status < 400) return 'redirected';
  if (status === 404) return 'not found';
  if (status === 401 || status === 403) return 'refused';
  return status < 500 ? 'rejected' : 'failed';
}

// Counted as it arrives: a small compressed body can be a very large one.
async function readBody(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let bytes = 0;
  let text = '';
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > largest) throw new WorkflowError('too large');
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

function asWorkflowError(error: unknown): WorkflowError {
  const isTimeout = error instanceof Error && error.name === 'TimeoutError';
  return new WorkflowError(isTimeout ? 'timeout' : 'unreachable', { cause: error });
}
