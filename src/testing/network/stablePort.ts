import { once } from 'node:events';
import { createServer } from 'node:net';

// Below what Linux (32768), macOS and Windows (49152) give to outgoing connections.
const FIRST = 20_000;
const COUNT = 12_000;

/**
 * A free port for a server that goes away and comes back: no outgoing connection takes it meanwhile, as happens to a
 * port that the system chose.
 */
export async function stablePort(): Promise<number> {
  for (;;) {
    const port = FIRST + Math.floor(Math.random() * COUNT);
    const server = createServer();
    const listening = once(server, 'listening');
    server.listen(port, '127.0.0.1');
    try {
      await listening;
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') continue;
      throw error;
    }
    const closed = once(server, 'close');
    server.close();
    await closed;
    return port;
  }
}
