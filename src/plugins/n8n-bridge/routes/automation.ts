import type { FastifyInstance, FastifyPluginAsync, FastifyReply } from 'fastify';
import type { PluginContext } from '#core';
import { context as contextEndpoint } from '../automation/context.ts';
import { Desk, type Received } from '../automation/Desk.ts';
import { Doorkeeper } from '../automation/Doorkeeper.ts';
import { type Answer, failure } from '../automation/Endpoint.ts';
import { messages } from '../automation/messages.ts';
import { makeOpenApi } from '../automation/openApi.ts';
import { warnings } from '../automation/warnings.ts';

/** Bytes of a request. */
const largest = 65_536;

const endpoints = [messages, warnings, contextEndpoint];

/** Adds the routes by which workflows act on their own; without a key there are none. */
export async function automationRoutes(
  app: FastifyInstance,
  keys: readonly Buffer[],
  context: Pick<PluginContext, 'container' | 'log'>,
): Promise<void> {
  if (keys.length === 0) return;
  const door = new Doorkeeper(keys, context.container.clock);
  const document = makeOpenApi(endpoints);
  // By itself: bodies are read as bytes here, which is what is signed.
  const routes: FastifyPluginAsync = async (scope) => {
    scope.removeAllContentTypeParsers();
    const asBytes = (_request: unknown, body: Buffer, done: (error: null, body: Buffer) => void): void =>
      done(null, body);
    scope.addContentTypeParser('application/json', { parseAs: 'buffer', bodyLimit: largest }, asBytes);
    scope.setErrorHandler((error: { statusCode?: number }, _request, reply) => {
      const status = error.statusCode ?? 500;
      if (status >= 500) context.log.error({ err: error }, 'A call of automation failed.');
      return send(reply, failure(status, unread[status] ?? unread[status < 500 ? 400 : 500] ?? ''));
    });
    for (const endpoint of endpoints) {
      const desk = new Desk(endpoint, door, context);
      scope.route<{ Params: Received['parameters'] }>({
        method: endpoint.method,
        url: endpoint.path.replace(/\{(\w+)\}/g, ':$1'),
        exposeHeadRoute: false,
        handler: async ({ headers, body, params }, reply) =>
          send(
            reply,
            await desk.answer({ headers, body: Buffer.isBuffer(body) ? body : Buffer.alloc(0), parameters: params }),
          ),
      });
    }
    // It holds nothing that is not in the source, so that it can be imported by its address.
    scope.get('/automation/openapi.json', () => document);
  };
  await app.register(routes);
}

/** Why a request could not even be read. */
const unread: Readonly<Record<number, string>> = {
  400: 'The request cannot be read: check its headers and its length.',
  413: 'The body is too large: it may have 64 KiB.',
  415: 'The body must be JSON in UTF-8: send application/json.',
  500: 'Something failed here, and the log tells what.',
};

const send = (reply: FastifyReply, { status, body, retryAfter }: Answer): FastifyReply => {
  reply.header('cache-control', 'no-store');
  if (retryAfter !== undefined) reply.header('retry-after', String(retryAfter));
  return reply.status(status).send(body);
};
