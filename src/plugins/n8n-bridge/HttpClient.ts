import { Agent, type ClientRequest, type IncomingMessage, type RequestOptions, request } from 'node:http';
import { request as requestSecurely, Agent as SecureAgent } from 'node:https';
import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { urlToHttpOptions } from 'node:url';
import { seconds } from '#core';
import { acceptedEncoding, decompress } from './decompress.ts';

/** Milliseconds until an address that does not let in is given up. */
const connectTimeout = seconds(10);

/** Milliseconds that a connection is kept for the next call: less than servers keep it. */
const keptFor = seconds(4);

/** What is read from any connection, a piece at a time: Node's parser copies what it takes of it. */
const readBuffer = Buffer.alloc(8_192);

const agentOptions = {
  keepAlive: true,
  timeout: keptFor,
  // Nothing is read ahead.
  highWaterMark: 1,
  // A new buffer for each read would be garbage, tens of megabytes of it while large answers arrive:
  // https://nodejs.org/api/net.html#new-netsocketoptions
  onread: {
    buffer: readBuffer,
    callback(this: Socket, length: number): boolean {
      return this.emit('data', readBuffer.subarray(0, length));
    },
  },
};

const ownHeaders = { 'user-agent': 'Steward', 'accept-encoding': acceptedEncoding };

export interface Posting {
  /** Besides those of every call. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly signal: AbortSignal;
}

/** An answer whose body, decompressed, is to be read or destroyed. */
export interface HttpAnswer {
  readonly status: number;
  readonly body: Readable;
}

/**
 * Posts to one address, and keeps as many connections alive as there are calls at a time. It follows no redirect, which
 * could lead anywhere, with the secret header. Unlike `fetch` it leaves next to no garbage.
 */
export class HttpClient {
  readonly #request: typeof request;
  readonly #connected: 'connect' | 'secureConnect';
  // Node copies them three times for each call: nothing is in them that it does not need.
  readonly #target: RequestOptions;
  readonly #headers: Readonly<Record<string, string>>;

  /** The headers go with every call. */
  constructor(url: string, headers: Readonly<Record<string, string>> = {}) {
    const { protocol, hostname, port, path } = urlToHttpOptions(new URL(url));
    const isSecure = protocol === 'https:';
    const agent = isSecure ? new SecureAgent(agentOptions) : new Agent(agentOptions);
    this.#request = isSecure ? requestSecurely : request;
    this.#connected = isSecure ? 'secureConnect' : 'connect';
    this.#target = { method: 'POST', agent, hostname, port, path };
    this.#headers = { ...ownHeaders, ...headers };
  }

  /** @throws what Node's `http` throws; the signal's reason, while the body is read too, which throws WorkflowError unreadable as well */
  async post({ headers, body, signal }: Posting): Promise<HttpAnswer> {
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const call = this.#request({ ...this.#target, headers: { ...this.#headers, ...headers } });
    if (!call.reusedSocket) giveUpConnecting(call, this.#connected);
    let underWay: ClientRequest | IncomingMessage = call;
    signal.addEventListener('abort', () => underWay.destroy(signal.reason));
    // Nothing else tells of an answer that wants to speak another protocol.
    const onClose = (): void => reject(failure('ECONNRESET'));
    call.on('response', resolve).on('error', reject).on('close', onClose).end(body);
    const response = await promise;
    call.off('close', onClose);
    underWay = response;
    return { status: response.statusCode ?? 0, body: decompress(response) };
  }
}

function giveUpConnecting(call: ClientRequest, connected: 'connect' | 'secureConnect'): void {
  call.once('socket', (socket) => {
    if (!socket.connecting) return;
    const timer = setTimeout(() => call.destroy(failure('ETIMEDOUT', 'connect')), connectTimeout);
    const stop = () => clearTimeout(timer);
    socket.once(connected, stop).once('close', stop);
  });
}

const failure = (code: string, syscall?: string): Error =>
  Object.assign(new Error('There was no answer.'), { code, syscall });
