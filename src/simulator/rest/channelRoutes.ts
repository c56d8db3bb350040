import type { FastifyInstance } from 'fastify';
import { findChannel } from './findChannel.ts';
import type { RestHost } from './RestHost.ts';

type Params = { channelId: string };

/** https://discord.com/developers/docs/resources/channel */
export function channelRoutes(api: FastifyInstance, { world }: RestHost): void {
  api.get<{ Params: Params }>('/channels/:channelId', async (request) => findChannel(world, request.params).toJSON());

  api.post<{ Params: Params }>('/channels/:channelId/typing', async (request, reply) => {
    world.emit('typing', findChannel(world, request.params));
    return reply.code(204).send();
  });
}
