import { definePlugin } from '#core';

/** Tells operators and orchestrators how the bot is, over HTTP. */
export const health = () =>
  definePlugin({
    name: 'health',
    routes: (app, { container: { metrics, status } }) => {
      app.addHook('onSend', async (_request, reply) => {
        reply.header('cache-control', 'no-store');
      });
      app.get('/health', () => status.report());
      app.get('/metrics', async (_request, reply) => reply.type(metrics.contentType).send(await metrics.metrics()));
      app.get('/alive', () => ({ status: 'alive' }));
      app.get('/ready', (_request, reply) =>
        status.ready ? { status: 'ready' } : reply.status(503).send({ status: 'not ready' }),
      );
    },
  });
