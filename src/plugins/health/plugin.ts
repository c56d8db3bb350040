import { z } from 'zod';
import { definePlugin } from '#core';
import { isBearer } from './isBearer.ts';

/** Tells operators and orchestrators how the bot is, over HTTP. */
export const health = () =>
  definePlugin({
    name: 'health',
    stays: 'Whoever watches the bot would take it for dead.',
    env: z.object({
      METRICS_TOKEN: z
        .string()
        .regex(/^[\x21-\x7e]{16,}$/, { error: 'must be at least 16 letters, digits or signs, without spaces' })
        .optional()
        .meta({
          secret: true,
          description: 'What a Prometheus has to show to read /metrics, as a Bearer token. Without it anyone may.',
        }),
    }),
    routes: (app, { env: { METRICS_TOKEN: token }, container: { metrics, status } }) => {
      app.addHook('onSend', async (_request, reply) => {
        reply.header('cache-control', 'no-store');
      });
      app.get('/health', () => status.report());
      app.get('/metrics', async ({ headers }, reply) => {
        if (token !== undefined && !isBearer(headers.authorization, token))
          return reply.status(401).header('www-authenticate', 'Bearer realm="metrics"').send({ error: 'Unauthorized' });
        return reply.type(metrics.contentType).send(await metrics.metrics());
      });
      app.get('/alive', () => ({ status: 'alive' }));
      app.get('/ready', (_request, reply) =>
        status.ready ? { status: 'ready' } : reply.status(503).send({ status: 'not ready' }),
      );
    },
  });
