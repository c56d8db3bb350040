import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { Transform } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';

/** One round trip to the database, from the first byte of a request to the server's ReadyForQuery, by `performance.now()`. */
export interface Round {
  readonly start: number;
  /** Infinity until the server is ready for the next request. */
  end: number;
}

interface Target {
  readonly host: string;
  readonly port: number;
}

/**
 * Stands between the bot and PostgreSQL and sees each round trip on the wire, whichever library makes it
 * (https://www.postgresql.org/docs/current/protocol-flow.html).
 */
export class QueryObserver implements AsyncDisposable {
  /** Milliseconds that each answer takes longer, so that round trips made side by side overlap for sure. */
  latency = 0;
  readonly #rounds: Round[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #held: PromiseWithResolvers<void> | undefined;

  private constructor(target: Target) {
    this.#server = createServer((client) => this.#join(client, connect(target.port, target.host)));
  }

  static async start(target: Target): Promise<QueryObserver> {
    const observer = new QueryObserver(target);
    observer.#server.listen(0, '127.0.0.1');
    await once(observer.#server, 'listening');
    return observer;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** The round trips that began within a stretch of time. */
  between(from: number, to: number): readonly Round[] {
    return this.#rounds.filter(({ start }) => start >= from && start < to);
  }

  /** Keeps all requests from the server until `release`. */
  hold(): void {
    this.#held ??= Promise.withResolvers<void>();
  }

  release(): void {
    this.#held?.resolve();
    this.#held = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.release();
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #join(client: Socket, server: Socket): void {
    let round: Round | undefined;
    const requests = through(async (bytes) => {
      if (!round && bytes[0] !== terminate) {
        round = { start: performance.now(), end: Number.POSITIVE_INFINITY };
        this.#rounds.push(round);
      }
      await this.#held?.promise;
    });
    const isReady = readyForQueryFinder();
    const answers = through(async (bytes) => {
      if (this.latency > 0) await pause(this.latency);
      if (!isReady(bytes) || !round) return;
      round.end = performance.now();
      round = undefined;
    });
    client.pipe(requests).pipe(server);
    server.pipe(answers).pipe(client);
    for (const socket of [client, server]) {
      this.#sockets.add(socket);
      socket.setNoDelay();
      const end = (): void => {
        this.#sockets.delete(socket);
        client.destroy();
        server.destroy();
      };
      socket.on('error', end);
      socket.on('close', end);
    }
  }
}

/** The most round trips of these that can only have been made one after the other: no two of them overlap. */
export function longestChain(rounds: readonly Round[]): number {
  let length = 0;
  let free = Number.NEGATIVE_INFINITY;
  for (const { start, end } of rounds.toSorted((a, b) => a.end - b.end)) {
    if (start < free) continue;
    length += 1;
    free = end;
  }
  return length;
}

// https://www.postgresql.org/docs/current/protocol-message-formats.html
const terminate = 'X'.charCodeAt(0);
const readyForQuery = 'Z'.charCodeAt(0);

/** Whether a piece of the server's stream holds the end of a round; keeps what is left of a message for the next piece. */
function readyForQueryFinder(): (bytes: Buffer) => boolean {
  let rest = Buffer.alloc(0);
  return (bytes) => {
    rest = Buffer.concat([rest, bytes]);
    let found = false;
    while (rest.length >= 5 && rest.length > rest.readInt32BE(1)) {
      found ||= rest[0] === readyForQuery;
      rest = rest.subarray(1 + rest.readInt32BE(1));
    }
    return found;
  };
}

/** A stream that hands each piece on when `see` has seen it. */
function through(see: (bytes: Buffer) => Promise<void>): Transform {
  return new Transform({
    transform(bytes: Buffer, _encoding, done) {
      see(bytes).then(() => done(null, bytes), done);
    },
  });
}
