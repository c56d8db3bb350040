import type { APIMessage } from 'discord.js';
import type { Channel } from '../Channel.ts';
import { isEphemeral } from '../messageFlags.ts';
import type { World } from '../World.ts';
import { refusals } from './DiscordError.ts';
import { snowflake } from './snowflake.ts';

/** The channel of a request; refuses what does not exist and what the bot may not see. */
export function findChannel(world: World, params: { channelId: string }): Channel {
  const channel = world.channels.get(snowflake('channel_id', params.channelId));
  if (!channel) throw refusals.unknownChannel();
  if (channel.guildId !== undefined && world.guild.hidden) throw refusals.missingAccess();
  return channel;
}

/** The message of a request, with its channel; one for a single person's eyes is in none. */
export function findMessage(world: World, params: { channelId: string; messageId: string }): [Channel, APIMessage] {
  const channel = findChannel(world, params);
  const message = channel.history.get(snowflake('message_id', params.messageId));
  if (!message || isEphemeral(message)) throw refusals.unknownMessage();
  return [channel, message];
}
