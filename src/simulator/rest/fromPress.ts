import { type APIMessage, ApplicationIntegrationType, InteractionType } from 'discord.js';
import type { Press } from '../interactions/Press.ts';
import { replyTo } from '../replyTo.ts';
import type { World } from '../World.ts';

/**
 * What shows that a message answers a press, as a reply to the message with that id:
 * https://discord.com/developers/docs/resources/message#message-interaction-metadata-object-message-component-interaction-metadata-structure
 */
export function fromPress(world: World, press: Press, messageId: string): Partial<APIMessage> {
  const { channel, id, user, message } = press;
  return {
    ...replyTo(channel, messageId),
    application_id: world.bot.id,
    webhook_id: world.bot.id,
    interaction_metadata: {
      id,
      type: InteractionType.MessageComponent,
      user,
      authorizing_integration_owners: { [ApplicationIntegrationType.GuildInstall]: channel.guildId ?? '0' },
      interacted_message_id: message.id,
      ...(press.originalId === undefined ? {} : { original_response_message_id: press.originalId }),
    },
  };
}
