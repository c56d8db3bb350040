import { type APIMessage, ChannelType, type GatewayMessageCreateDispatchData } from 'discord.js';
import type { Channel } from '../Channel.ts';
import type { Guild } from '../Guild.ts';
import { isEphemeral } from '../messageFlags.ts';

/**
 * A message as MESSAGE_CREATE and MESSAGE_UPDATE carry it: a direct message has no guild and no member, but the channel's
 * type, without which discord.js cannot place a channel that it has never seen.
 */
export function messageEvent(message: APIMessage, channel: Channel, guild: Guild): GatewayMessageCreateDispatchData {
  if (channel.guildId === undefined) return { ...message, channel_type: ChannelType.DM };
  if (isEphemeral(message)) return { ...message, channel_type: ChannelType.GuildText };
  const { user: _author, ...member } = guild.member(message.author);
  const mentions = message.mentions.map((mentioned) => {
    const { user: _mentioned, ...theirs } = guild.member(mentioned);
    return { ...mentioned, member: theirs };
  });
  return { ...message, channel_type: ChannelType.GuildText, guild_id: channel.guildId, member, mentions };
}
