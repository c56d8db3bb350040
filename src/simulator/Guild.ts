import {
  type APIGuild,
  type APIGuildMember,
  type APIRole,
  type APITextChannel,
  type APIUser,
  ChannelType,
  type GatewayGuildCreateDispatchData,
  GuildDefaultMessageNotifications,
  GuildExplicitContentFilter,
  type GuildMemberFlags,
  GuildMFALevel,
  GuildNSFWLevel,
  GuildPremiumTier,
  type GuildSystemChannelFlags,
  GuildVerificationLevel,
  Locale,
  PermissionFlagsBits,
  type RoleFlags,
} from 'discord.js';
import { Channel } from './Channel.ts';

const ID = '1000000000000000100';
const CHANNEL_ID = '1000000000000000101';
const CREATED_AT = '2022-07-22T00:00:00.000Z';
const PERMISSIONS = String(
  PermissionFlagsBits.ViewChannel | PermissionFlagsBits.SendMessages | PermissionFlagsBits.ReadMessageHistory,
);

/** The one built-in guild, with one text channel in which everybody may write. */
export class Guild {
  readonly id = ID;
  readonly channel: Channel;
  /** What everybody may do there, as a bit set. */
  readonly permissions = PERMISSIONS;
  /** When true the bot may neither read nor write there: REST answers 50001 and no event comes through. */
  hidden = false;
  readonly #owner: APIUser;

  constructor(owner: APIUser) {
    this.#owner = owner;
    this.channel = new Channel(textChannel());
  }

  member(user: APIUser): APIGuildMember {
    return {
      user,
      nick: null,
      roles: [],
      joined_at: CREATED_AT,
      premium_since: null,
      deaf: false,
      mute: false,
      flags: 0 as GuildMemberFlags,
    };
  }

  toJSON(): APIGuild {
    return {
      id: ID,
      name: 'Playground',
      icon: null,
      splash: null,
      discovery_splash: null,
      owner_id: this.#owner.id,
      afk_channel_id: null,
      afk_timeout: 300,
      verification_level: GuildVerificationLevel.None,
      default_message_notifications: GuildDefaultMessageNotifications.OnlyMentions,
      explicit_content_filter: GuildExplicitContentFilter.Disabled,
      roles: [everyone()],
      emojis: [],
      stickers: [],
      features: [],
      mfa_level: GuildMFALevel.None,
      application_id: null,
      system_channel_id: null,
      system_channel_flags: 0 as GuildSystemChannelFlags,
      rules_channel_id: null,
      vanity_url_code: null,
      description: null,
      banner: null,
      premium_tier: GuildPremiumTier.None,
      preferred_locale: Locale.EnglishUS,
      public_updates_channel_id: null,
      nsfw_level: GuildNSFWLevel.Default,
      premium_progress_bar_enabled: false,
      hub_type: null,
      safety_alerts_channel_id: null,
      incidents_data: null,
    };
  }

  /** What the gateway tells a bot that has just come online: https://discord.com/developers/docs/events/gateway-events#guild-create */
  toGatewayJSON(bot: APIUser): GatewayGuildCreateDispatchData {
    return {
      ...this.toJSON(),
      joined_at: CREATED_AT,
      large: false,
      unavailable: false,
      member_count: 2,
      members: [this.member(bot)],
      channels: [textChannel()],
      threads: [],
      voice_states: [],
      presences: [],
      stage_instances: [],
      guild_scheduled_events: [],
      soundboard_sounds: [],
    };
  }
}

function textChannel(): APITextChannel {
  return {
    id: CHANNEL_ID,
    type: ChannelType.GuildText,
    guild_id: ID,
    name: 'general',
    position: 0,
    permission_overwrites: [],
    nsfw: false,
    last_message_id: null,
  };
}

function everyone(): APIRole {
  return {
    id: ID,
    name: '@everyone',
    color: 0,
    colors: { primary_color: 0, secondary_color: null, tertiary_color: null },
    hoist: false,
    position: 0,
    permissions: PERMISSIONS,
    managed: false,
    mentionable: false,
    flags: 0 as RoleFlags,
  };
}
