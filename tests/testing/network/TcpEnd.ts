import { once } from 'node:events';
import type { Socket } from 'node:net';

/** One end of a TCP connection, with all that has come over it, for tests that break it. */
export class TcpEnd {
  readonly socket: Socket;
  received = '';

  constructor(socket: Socket) {
    this.socket = socket;
    // A connection that breaks is what these tests are about: `broken` tells.
    socket.on('error', () => undefined);
    socket.setEncoding('utf8').on('data', (text: string) => {
      this.received += text;
    });
  }

  says(text: string): void {
    this.socket.write(text);
  }

  /** Settles when so many characters have come in all. */
  async hears(length: number): Promise<string> {
    while (this.received.length < length) await once(this.socket, 'data');
    return this.received;
  }

  /** Settles when it is closed: by an orderly end, or (ECONNRESET) not. */
  gone(): Promise<'ended' | string> {
    const { promise, resolve } = Promise.withResolvers<string>();
    this.socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    this.socket.once('close', () => resolve('ended'));
    return promise;
  }
}
