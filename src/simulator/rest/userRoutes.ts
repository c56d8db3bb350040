import type { FastifyInstance } from 'fastify';
import { refusals } from './DiscordError.ts';
import type { RestHost } from './RestHost.ts';
import type { SentBody } from './SentBody.ts';
import { snowflake } from './snowflake.ts';

/** People, and the direct messages with them: https://discord.com/developers/docs/resources/user */
export function userRoutes(api: FastifyInstance, { world }: RestHost): void {
  api.get('/users/@me', async () => world.bot);

  api.get<{ Params: { userId: string } }>('/users/:userId', async (request) => {
    const user = world.findUser(snowflake('user_id', request.params.userId));
    if (!user) throw refusals.unknownUser();
    return user;
  });

  api.post('/users/@me/channels', async (request) => {
    const { payload } = (request.body as SentBody | undefined) ?? {};
    const { recipient_id: id } = (payload ?? {}) as { recipient_id?: unknown };
    const user = world.users.get(snowflake('recipient_id', id));
    const channel = user && world.channels.get(user.channelId);
    if (!channel) throw refusals.unknownUser();
    return channel.toJSON();
  });
}
