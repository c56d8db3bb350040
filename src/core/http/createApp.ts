import helmet from '@fastify/helmet';
import { type FastifyInstance, type FastifyReply, fastify, type onRequestHookHandler } from 'fastify';
import type { Log } from '../log/createLog.ts';
import { seconds } from '../time.ts';

/** Nothing here is a page. Whether everyone has to use TLS is for the proxy to say that speaks it. */
const protection = {
  contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } },
  strictTransportSecurity: false,
} as const;

/**
 * A Fastify app with the rules that hold for every route: limits, protective headers, and no details of what is wrong.
 * `onRequest` sees every request first, those that no route is for too.
 */
export async function createApp(log: Log, onRequest?: onRequestHookHandler): Promise<FastifyInstance> {
  const app = fastify({
    // Without these a stalled request is never dropped and closing hangs. Node looks for them every 30 seconds by default.
    requestTimeout: seconds(10),
    http: { headersTimeout: seconds(5), connectionsCheckingInterval: seconds(1) },
    connectionTimeout: seconds(30),
    forceCloseConnections: true,
    bodyLimit: 1_048_576,
    maxRequestsPerSocket: 1_000,
    // Of an address that it cannot read; Fastify's own answer repeats it.
    frameworkErrors: ({ statusCode = 400 }, _request, reply) =>
      void (reply as FastifyReply).status(statusCode).send({ error: 'Bad Request' }),
  });
  app.server.maxConnections = 256;
  app.setErrorHandler(async (error: { statusCode?: number }, _request, reply) => {
    const status = error.statusCode ?? 500;
    if (status >= 500) log.error({ err: error }, 'A request failed.');
    await reply.status(status).send({ error: status >= 500 ? 'Internal Server Error' : 'Bad Request' });
  });
  if (onRequest) app.addHook('onRequest', onRequest);
  await app.register(helmet, protection);
  // In place of Fastify's own, which repeats the address, and without the headers.
  app.setNotFoundHandler(async (_request, reply) => reply.status(404).send({ error: 'Not Found' }));
  return app;
}
