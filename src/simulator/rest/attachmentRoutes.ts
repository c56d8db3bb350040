import type { FastifyInstance } from 'fastify';
import type { RestHost } from './RestHost.ts';

/** Discord's file server: no token, the address is the secret. */
export function attachmentRoutes(app: FastifyInstance, { world }: RestHost): void {
  app.get<{ Params: { id: string } }>('/attachments/:channelId/:id/:filename', async (request, reply) => {
    const file = world.attachments.get(request.params.id);
    if (!file) return reply.code(404).type('text/plain').send('This content is no longer available.');
    return reply.type(file.contentType).header('x-content-type-options', 'nosniff').send(file.bytes);
  });
}
