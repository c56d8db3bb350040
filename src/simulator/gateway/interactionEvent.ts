import {
  type APIGuildMember,
  ApplicationIntegrationType,
  ComponentType,
  type GatewayInteractionCreateDispatchData,
  InteractionContextType,
  InteractionType,
  Locale,
} from 'discord.js';
import type { Guild } from '../Guild.ts';
import type { Press } from '../interactions/Press.ts';
import { stored } from '../stored.ts';

const ATTACHMENT_SIZE_LIMIT = 10 * 1024 * 1024;

/** A press as INTERACTION_CREATE carries it: https://discord.com/developers/docs/interactions/receiving-and-responding#interaction-object */
export function interactionEvent(
  { id, token, user, channel, message, customId }: Press,
  applicationId: string,
  guild: Guild,
): GatewayInteractionCreateDispatchData {
  const { guildId } = channel;
  const common = {
    id,
    application_id: applicationId,
    type: InteractionType.MessageComponent,
    token,
    version: 1,
    data: { custom_id: customId, component_type: ComponentType.Button },
    message: stored(message),
    channel: channel.toJSON(),
    channel_id: channel.id,
    app_permissions: guild.permissions,
    locale: Locale.EnglishUS,
    entitlements: [],
    attachment_size_limit: ATTACHMENT_SIZE_LIMIT,
    authorizing_integration_owners: { [ApplicationIntegrationType.GuildInstall]: guildId ?? '0' },
  };
  if (guildId === undefined) {
    return { ...common, user, context: InteractionContextType.BotDM } as GatewayInteractionCreateDispatchData;
  }
  const member: APIGuildMember & { permissions: string } = { ...guild.member(user), permissions: guild.permissions };
  const { preferred_locale: locale, features } = guild.toJSON();
  return {
    ...common,
    member,
    guild_id: guildId,
    guild: { id: guildId, locale, features },
    guild_locale: locale,
    context: InteractionContextType.Guild,
  } as GatewayInteractionCreateDispatchData;
}
