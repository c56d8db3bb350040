import { EventEmitter, once } from 'node:events';
import { createServer, Socket } from 'node:net';
import { type Conditions, carry } from './faultPipe.ts';
import { stablePort } from './stablePort.ts';

export type Direction = 'toServer' | 'toClient';
type Directions = Direction | 'both';

interface Connection {
  readonly client: Socket;
  readonly server: Socket;
  /** Bytes, or the end of a stream, were lost: it must not go on as if nothing had happened. */
  hasHole: boolean;
}

interface FaultEvents {
  connection: [];
  swallowed: [direction: Direction, bytes: number];
  /** A connection was cut after its bytes, as ordered. */
  cut: [direction: Direction];
}

const fair: Conditions = {
  swallows: false,
  latencyMs: 0,
  bytesPerSecond: Number.POSITIVE_INFINITY,
  cut: undefined,
};

/** The network between a test and a TCP server on this machine: fair until a fault is ordered, and after `heal()` again. */
export class FaultProxy extends EventEmitter<FaultEvents> implements AsyncDisposable {
  readonly host = '127.0.0.1';
  readonly port: number;
  /** How many connections it has accepted. */
  connections = 0;
  /** How many bytes it has passed on. */
  readonly bytes: Record<Direction, number> = { toServer: 0, toClient: 0 };
  readonly #target: { host: string; port: number };
  readonly #open = new Set<Connection>();
  readonly #listener = createServer({ allowHalfOpen: true, noDelay: true }, (client) => this.#accept(client));
  readonly #conditions: Record<Direction, Conditions> = { toServer: fair, toClient: fair };
  #changing = new AbortController();

  /** Starts one in front of a server, which need not run. */
  static async start({ host, port }: { host: string; port: number }): Promise<FaultProxy> {
    const proxy = new FaultProxy({ host, port }, await stablePort());
    await proxy.#listen();
    return proxy;
  }

  private constructor(target: { host: string; port: number }, port: number) {
    super();
    this.#target = target;
    this.port = port;
  }

  /** How many connections are open on either side. */
  get open(): number {
    return this.#open.size;
  }

  /** As when nothing listens: connections are cut, new ones are refused. */
  async refuse(): Promise<void> {
    if (!this.#listener.listening) return;
    const closed = once(this.#listener, 'close');
    this.#listener.close();
    this.#cutAll((socket) => socket.destroy());
    await closed;
  }

  /** As when packets are dropped: all is accepted, nothing comes through, nothing is closed. */
  blackHole(directions: Directions = 'both'): void {
    this.#order(directions, { swallows: true });
  }

  /** Cuts all connections with a RST; new ones work. */
  reset(): void {
    this.#cutAll((socket) => socket.resetAndDestroy());
  }

  /** Delays everything by so many milliseconds in each of the directions. */
  latency(ms: number, directions: Directions = 'both'): void {
    this.#order(directions, { latencyMs: ms });
  }

  /** Lets each connection carry no more than that. */
  slow(bytesPerSecond: number, directions: Directions = 'both'): void {
    this.#order(directions, { bytesPerSecond });
  }

  /** Cuts each connection when so many bytes have passed, those open now counted from now. */
  cutAfter(bytes: number, directions: Directions = 'both'): void {
    this.#order(directions, { cut: { afterBytes: bytes, once: false } });
  }

  /** The same for the first connection that comes so far; all others, and those after it, are spared. */
  cutOnceAfter(bytes: number, directions: Directions = 'both'): void {
    this.#order(directions, { cut: { afterBytes: bytes, once: true } });
  }

  /** Ends every fault. Connections that have lost something are cut; the others go on where they were. */
  async heal(): Promise<void> {
    this.#order('both', fair);
    for (const connection of this.#open) {
      if (connection.hasHole) for (const socket of [connection.client, connection.server]) socket.resetAndDestroy();
    }
    if (!this.#listener.listening) await this.#listen();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.refuse();
  }

  async #listen(): Promise<void> {
    // `once` rejects when an error comes first.
    const listening = once(this.#listener, 'listening');
    this.#listener.listen(this.port, this.host);
    await listening;
  }

  #order(directions: Directions, fault: Partial<Conditions>): void {
    const each: Direction[] = directions === 'both' ? ['toServer', 'toClient'] : [directions];
    for (const direction of each) this.#conditions[direction] = { ...this.#conditions[direction], ...fault };
    const changing = this.#changing;
    this.#changing = new AbortController();
    changing.abort();
  }

  #cutAll(cut: (socket: Socket) => void): void {
    for (const { client, server } of this.#open) for (const socket of [client, server]) cut(socket);
  }

  #accept(client: Socket): void {
    const server = new Socket({ allowHalfOpen: true }).setNoDelay(true);
    // Where nothing reaches the server, no connection does.
    const isUnreachable = this.#conditions.toServer.swallows;
    const connection: Connection = { client, server, hasHole: isUnreachable };
    this.#open.add(connection);
    this.connections += 1;
    if (isUnreachable) client.once('close', () => server.destroy());
    else server.connect(this.#target);
    this.#carry(connection, 'toServer', client, server);
    this.#carry(connection, 'toClient', server, client);
    this.emit('connection');
  }

  #carry(connection: Connection, direction: Direction, from: Socket, to: Socket): void {
    // What an error says, a refused connection included, the 'close' that follows tells the other side.
    from.on('error', () => undefined);
    from.once('close', (wasBroken) => {
      if (from.closed && to.closed) this.#open.delete(connection);
      else if (wasBroken && this.#conditions[direction].swallows) connection.hasHole = true;
      else if (wasBroken) to.resetAndDestroy();
    });
    void carry(from, to, {
      conditions: () => this.#conditions[direction],
      changed: () => this.#changing.signal,
      passed: (bytes) => {
        this.bytes[direction] += bytes;
      },
      swallowed: (bytes) => {
        connection.hasHole = true;
        this.emit('swallowed', direction, bytes);
      },
      due: (cut) => {
        if (cut.once) this.#lift(cut);
        from.destroy();
        to.destroy();
        this.emit('cut', direction);
      },
    });
  }

  #lift(cut: Conditions['cut']): void {
    for (const direction of ['toServer', 'toClient'] as const) {
      if (this.#conditions[direction].cut === cut) this.#order(direction, { cut: undefined });
    }
  }
}
