import { type APIMessage, MessageReferenceType, MessageType } from 'discord.js';
import type { Channel } from './Channel.ts';

/** What makes a message a reply. */
type ReplyFields = Required<Pick<APIMessage, 'type' | 'message_reference' | 'referenced_message'>>;

/** Makes a reply to a message of the channel, be it deleted by now: https://discord.com/developers/docs/resources/message#message-reference-object */
export function replyTo(channel: Channel, messageId: string): ReplyFields {
  const original = channel.history.get(messageId);
  return {
    type: MessageType.Reply,
    message_reference: {
      type: MessageReferenceType.Default,
      channel_id: channel.id,
      ...(channel.guildId === undefined ? {} : { guild_id: channel.guildId }),
      message_id: messageId,
    },
    referenced_message: original ? quoted(original) : null,
  };
}

/** A message as its replies contain it: without what it answers itself, and without the nonce, which nobody keeps. */
export function quoted({ referenced_message: _older, nonce: _nonce, ...message }: APIMessage): APIMessage {
  return message;
}
