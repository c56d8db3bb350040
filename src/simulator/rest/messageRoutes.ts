import type { FastifyInstance } from 'fastify';
import { stored } from '../stored.ts';
import { createMessage } from './createMessage.ts';
import { refusals } from './DiscordError.ts';
import { editMessage } from './editMessage.ts';
import { findChannel, findMessage } from './findChannel.ts';
import type { RestHost } from './RestHost.ts';
import { readPage } from './readPage.ts';
import { sentBody } from './SentBody.ts';

type InChannel = { channelId: string };
type OneMessage = InChannel & { messageId: string };

/** https://discord.com/developers/docs/resources/message */
export function messageRoutes(api: FastifyInstance, { world }: RestHost): void {
  api.get<{ Params: InChannel }>('/channels/:channelId/messages', async (request) =>
    findChannel(world, request.params).history.page(readPage(request.query)).map(stored),
  );

  api.get<{ Params: OneMessage }>('/channels/:channelId/messages/:messageId', async (request) => {
    const [, message] = findMessage(world, request.params);
    return stored(message);
  });

  api.post<{ Params: InChannel }>('/channels/:channelId/messages', async (request) =>
    createMessage(world, findChannel(world, request.params), sentBody(request.body)),
  );

  api.patch<{ Params: OneMessage }>('/channels/:channelId/messages/:messageId', async (request) => {
    const [channel, message] = findMessage(world, request.params);
    return stored(editMessage(world, channel, message, sentBody(request.body)));
  });

  api.delete<{ Params: OneMessage }>('/channels/:channelId/messages/:messageId', async (request, reply) => {
    const [channel, message] = findMessage(world, request.params);
    if (message.author.id !== world.bot.id) {
      throw channel.guildId === undefined ? refusals.notOnDM() : refusals.missingPermissions();
    }
    world.remove(channel, message.id);
    return reply.code(204).send();
  });
}
