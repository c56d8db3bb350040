import type { IncomingHttpHeaders } from 'node:http';
import { DeadlineError, hasSpareBudget, type PluginContext, seconds, withDeadline } from '#core';
import type { Doorkeeper } from './Doorkeeper.ts';
import { type Answer, type Endpoint, failure, type SignedCall } from './Endpoint.ts';
import { readJsonBody } from './readJsonBody.ts';
import { whatIsWrong } from './whatIsWrong.ts';

/** Requests of one kind that are carried out at a time; those that ask Discord for something leave half its limit to people's turns. */
const mostAtATime = 4;

/** Milliseconds that a caller waits. */
const patience = seconds(20);

/** A request as it came in. */
export interface Received {
  readonly headers: IncomingHttpHeaders;
  /** The bytes as they came. */
  readonly body: Buffer;
  /** Of its address. */
  readonly parameters: { readonly discordId?: string };
}

/** Deals with the requests for one endpoint: lets them in, reads them, carries them out, and logs them without their texts. */
export class Desk {
  readonly #endpoint: Endpoint;
  readonly #door: Doorkeeper;
  readonly #context: Pick<PluginContext, 'container' | 'log'>;
  #running = 0;

  constructor(endpoint: Endpoint, door: Doorkeeper, context: Pick<PluginContext, 'container' | 'log'>) {
    this.#endpoint = endpoint;
    this.#door = door;
    this.#context = context;
  }

  async answer(received: Received): Promise<Answer> {
    const { operationId } = this.#endpoint;
    const { log } = this.#context;
    const { headers, body, parameters } = received;
    const call = this.#door.admit(headers, body, parameters.discordId);
    if ('status' in call) {
      // Anyone may knock: more than that it happened is not worth a line.
      log.debug({ operationId, status: call.status }, 'A call of automation was not let in.');
      return call;
    }
    const read = this.#read(received);
    const answer = 'status' in read ? read : await this.#carryOut(read.request, call);
    // What was done of it is not done again.
    if (answer.status >= 500) this.#door.release(call);
    const { userId = parameters.discordId } = ('request' in read ? read.request : {}) as { userId?: string };
    const webhookId = headers['webhook-id'];
    log.info({ operationId, webhookId, userId, status: answer.status }, 'Automation called.');
    return answer;
  }

  #read({ headers, body, parameters }: Received): { readonly request: unknown } | Answer {
    const { method, request } = this.#endpoint;
    const read = method === 'GET' ? { value: parameters } : readJsonBody(headers['content-type'], body);
    if ('status' in read) return read;
    const { data, error } = request.safeParse(read.value);
    return error ? failure(400, whatIsWrong(error)) : { request: data };
  }

  async #carryOut(request: unknown, call: SignedCall): Promise<Answer> {
    const { container } = this.#context;
    if (this.#running >= mostAtATime)
      return failure(503, `${mostAtATime} such requests are under way. Send it again under the same webhook-id.`, 1);
    if (this.#endpoint.method === 'POST' && !hasSpareBudget(container.client.rest))
      return failure(503, 'People are being answered just now. Send it again under the same webhook-id.', 1);
    this.#running += 1;
    const work = this.#endpoint.carryOut(request, call, this.#context).finally(() => {
      this.#running -= 1;
    });
    try {
      return await withDeadline(work, patience);
    } catch (error) {
      this.#context.log.error({ err: error, operationId: this.#endpoint.operationId }, 'A call of automation failed.');
      if (error instanceof DeadlineError)
        return failure(503, 'It takes too long and goes on. Send it again under the same webhook-id.', 30);
      return failure(500, 'Something failed here, and the log tells what.');
    }
  }
}
