import type { FastifyInstance } from 'fastify';
import type { Guild } from '../Guild.ts';
import type { World } from '../World.ts';
import { refusals } from './DiscordError.ts';
import type { RestHost } from './RestHost.ts';
import { snowflake } from './snowflake.ts';

type InGuild = { guildId: string };

/** https://discord.com/developers/docs/resources/guild */
export function guildRoutes(api: FastifyInstance, { world }: RestHost): void {
  api.get<{ Params: InGuild }>('/guilds/:guildId', async ({ params }) => findGuild(world, params).toJSON());

  api.get<{ Params: InGuild }>('/guilds/:guildId/channels', async ({ params }) => [
    findGuild(world, params).channel.toJSON(),
  ]);

  api.get<{ Params: InGuild & { userId: string } }>('/guilds/:guildId/members/:userId', async ({ params }) => {
    const user = world.findUser(snowflake('user_id', params.userId));
    if (!user) throw refusals.unknownMember();
    return findGuild(world, params).member(user);
  });
}

function findGuild({ guild }: World, { guildId }: InGuild): Guild {
  if (snowflake('guild_id', guildId) !== guild.id) throw refusals.unknownGuild();
  if (guild.hidden) throw refusals.missingAccess();
  return guild;
}
