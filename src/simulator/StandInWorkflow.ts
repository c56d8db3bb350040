import { EventEmitter, once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { demonstration } from './demonstration.ts';
import { sendStream } from './sendStream.ts';
import type { StandInAnswer, WorkflowCall, WorkflowPayload } from './WorkflowCall.ts';

export type { StandInAnswer, WorkflowCall, WorkflowPayload } from './WorkflowCall.ts';

const PATH = '/webhook/steward';
const CALLS_KEPT = 200;

/**
 * Stands in for n8n's production webhook on the loopback, so that the bot has someone to talk to without n8n.
 * `call` is emitted when a call arrives, `answered` when its status and reply are known: just before they are sent, or
 * when a stream has been written.
 */
export class StandInWorkflow extends EventEmitter<{ call: [WorkflowCall]; answered: [WorkflowCall] }> {
  /** Makes the reply to each call; a thrown error is answered as n8n answers a failing node. */
  answer: (payload: WorkflowPayload) => StandInAnswer | Promise<StandInAnswer> = demonstration;

  readonly #server: FastifyInstance;
  readonly #stopping = new AbortController();
  readonly #calls: WorkflowCall[] = [];
  readonly #unread: WorkflowCall[] = [];
  readonly #waiting: ((call: WorkflowCall) => void)[] = [];
  #received = 0;
  #port = 0;

  private constructor(server: FastifyInstance) {
    super();
    this.#server = server;
    server.post<{ Body: WorkflowPayload }>(PATH, (request, reply) => this.#receive(request, reply));
    server.setNotFoundHandler((request, reply) => reply.code(404).send(notRegistered(request)));
    server.setErrorHandler((error: { statusCode?: number }, _request, reply) =>
      error.statusCode === 400
        ? reply.code(422).send({ code: 422, message: 'Failed to parse request body' })
        : reply.code(500).send({ message: 'Error in workflow' }),
    );
  }

  /** Starts one on 127.0.0.1; without a port on a free one. */
  static async start(options: { port?: number } = {}): Promise<StandInWorkflow> {
    const server = Fastify({ requestTimeout: 30_000, forceCloseConnections: true, bodyLimit: 16 * 1024 * 1024 });
    const workflow = new StandInWorkflow(server);
    await server.listen({ host: '127.0.0.1', port: options.port ?? 0 });
    workflow.#port = (server.server.address() as AddressInfo).port;
    return workflow;
  }

  /** The address for `N8N_WEBHOOK_URL`. */
  get url(): string {
    return `http://127.0.0.1:${this.#port}${PATH}`;
  }

  /** Whether somebody is there at all; see `switchOff`. */
  get isOn(): boolean {
    return this.#server.server.listening;
  }

  /** Nobody listens at its address any more, as when n8n is not running; calls under way are cut. */
  async switchOff(): Promise<void> {
    const { server } = this.#server;
    if (!this.isOn) return;
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  }

  /** Listens again where it did. */
  async switchOn(): Promise<void> {
    const { server } = this.#server;
    if (this.isOn) return;
    const listening = once(server, 'listening');
    server.listen(this.#port, '127.0.0.1');
    await listening;
  }

  /** The last 200 calls, oldest first. */
  get calls(): readonly WorkflowCall[] {
    return this.#calls;
  }

  /** Resolves, on arrival, with the next call that no earlier `nextCall()` has consumed; rejects after the time-out. */
  nextCall(timeoutMs = 10_000): Promise<WorkflowCall> {
    const unread = this.#unread.shift();
    if (unread) return Promise.resolve(unread);
    return new Promise((resolve, reject) => {
      const settle = (call: WorkflowCall) => {
        clearTimeout(timer);
        resolve(call);
      };
      const timer = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(settle), 1);
        reject(new Error(`The workflow was not called within ${timeoutMs} ms; ${this.#received} calls came before.`));
      }, timeoutMs);
      this.#waiting.push(settle);
    });
  }

  /** Closes the server and cuts the calls that are still under way. */
  async stop(): Promise<void> {
    // The connections go first: a caller sees a cut, as when n8n dies, and no answer.
    await this.#server.close();
    this.#stopping.abort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #receive(request: FastifyRequest<{ Body: WorkflowPayload }>, reply: FastifyReply): Promise<FastifyReply> {
    const call = this.#record(request);
    const answer = await this.#answerTo(call.body);
    if (answer.delayMs) await wait(answer.delayMs, undefined, { signal: this.#stopping.signal });
    if (answer.stream) return this.#stream(call, answer, request, reply);
    call.status = answer.cut ? undefined : (answer.status ?? 200);
    call.reply = answer.body;
    this.emit('answered', call);
    if (answer.cut) {
      reply.hijack();
      request.raw.socket.destroy();
      return reply;
    }
    reply.code(answer.status ?? 200).headers(answer.headers ?? {});
    if (answer.contentType) reply.type(answer.contentType);
    // Fastify would send a string as text/plain and `null` with the content type of JSON.
    else if (typeof answer.body === 'string') reply.type('text/html; charset=utf-8');
    return reply.send(answer.body ?? '');
  }

  async #stream(
    call: WorkflowCall,
    { stream = [], status = 200, headers, contentType = 'application/json; charset=utf-8', cut }: StandInAnswer,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<FastifyReply> {
    reply.hijack();
    reply.raw.writeHead(status, { 'content-type': contentType, ...headers });
    call.reply = await sendStream(stream, reply.raw);
    call.status = cut ? undefined : status;
    this.emit('answered', call);
    if (cut) request.raw.socket.destroy();
    else reply.raw.end();
    return reply;
  }

  async #answerTo(payload: WorkflowPayload): Promise<StandInAnswer> {
    try {
      return await this.answer(payload);
    } catch (error) {
      // n8n hides the details from its caller too; the page and the tests find them in the call's reply.
      return { status: 500, body: { message: 'Error in workflow', error: String(error) } };
    }
  }

  #record(request: FastifyRequest<{ Body: WorkflowPayload }>): WorkflowCall {
    this.#received += 1;
    const { headers, body } = request;
    const call = { id: this.#received, at: Date.now(), headers, body, status: undefined, reply: undefined };
    this.#calls.push(call);
    if (this.#calls.length > CALLS_KEPT) this.#calls.shift();
    const waiting = this.#waiting.shift();
    if (waiting) waiting(call);
    else this.#unread.push(call);
    if (this.#unread.length > CALLS_KEPT) this.#unread.shift();
    this.emit('call', call);
    return call;
  }
}

/** n8n's words for a path or a method without a workflow. */
function notRegistered(request: FastifyRequest): { code: number; message: string; hint?: string } {
  const path = request.url.split('?', 1)[0] ?? '';
  if (path === PATH) {
    const message = `This webhook is not registered for ${request.method} requests. Did you mean to make a POST request?`;
    return { code: 404, message };
  }
  return {
    code: 404,
    message: `The requested webhook "${request.method} ${path.replace(/^\/webhook\//, '')}" is not registered.`,
    hint: `The workflow must be active for a production URL to run successfully. The stand-in workflow listens at POST ${PATH}.`,
  };
}
