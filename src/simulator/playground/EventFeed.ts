import type { FastifyReply } from 'fastify';

const LISTENERS_MOST = 32;
const BACKLOG_MOST = 4 * 1024 * 1024;
const KEEP_ALIVE_MS = 15_000;

/** Sends what happens to every open page as server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html). */
export class EventFeed {
  readonly #listeners = new Set<FastifyReply['raw']>();
  readonly #keepAlive = setInterval(() => this.#write(': keep-alive\n\n'), KEEP_ALIVE_MS).unref();

  /** Turns a request into a stream that begins with the event given; answers 503 when too many pages listen. */
  open(reply: FastifyReply, first: { event: string; data: unknown }): FastifyReply {
    if (this.#listeners.size >= LISTENERS_MOST) {
      return reply.code(503).send({ message: `${LISTENERS_MOST} pages are listening already; close one of them.` });
    }
    reply.hijack();
    const stream = reply.raw;
    stream.writeHead(200, {
      ...(reply.getHeaders() as Record<string, string>),
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
    });
    stream.on('close', () => this.#listeners.delete(stream));
    stream.write(`retry: 1000\n\n${frame(first.event, first.data)}`);
    this.#listeners.add(stream);
    return reply;
  }

  /** Sends one event to every page. */
  send(event: string, data: unknown): void {
    if (this.#listeners.size > 0) this.#write(frame(event, data));
  }

  /** Ends every stream. */
  close(): void {
    clearInterval(this.#keepAlive);
    for (const stream of this.#listeners) stream.end();
  }

  #write(text: string): void {
    for (const stream of this.#listeners) {
      // A page that stopped reading reconnects and gets the whole state again, so cutting it off loses nothing.
      if (stream.writableLength > BACKLOG_MOST) stream.destroy();
      else stream.write(text);
    }
  }
}

function frame(event: string, data: unknown): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}
