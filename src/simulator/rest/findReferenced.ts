import { type APIMessage, MessageReferenceType, MessageType } from 'discord.js';
import type { Channel } from '../Channel.ts';
import { isEphemeral } from '../messageFlags.ts';
import type { MessageForm } from './checkMessage.ts';
import { FormErrors } from './FormErrors.ts';
import { snowflake } from './snowflake.ts';

const FIELD = 'message_reference';
const ANSWERABLE = new Set([
  MessageType.Default,
  MessageType.Reply,
  MessageType.ChatInputCommand,
  MessageType.ContextMenuCommand,
]);

/**
 * The message that a form answers; undefined when it answers none, or one that is gone and need not be there
 * (`fail_if_not_exists`): https://discord.com/developers/docs/resources/message#message-reference-object
 */
export function findReferenced(channel: Channel, form: MessageForm): APIMessage | undefined {
  const { message_reference: reference } = form;
  if (reference == null) return undefined;
  if (typeof reference !== 'object' || Array.isArray(reference)) {
    throw FormErrors.refusal([FIELD], 'MODEL_TYPE_CONVERT', 'Expected an object/dictionary.');
  }
  // Forwards are no replies, and the simulator knows nothing else.
  if ((reference.type ?? MessageReferenceType.Default) !== MessageReferenceType.Default) {
    throw FormErrors.refusal([FIELD, 'type'], 'BASE_TYPE_CHOICES', 'Value must be one of {0}.');
  }
  const id = snowflake('message_id', reference.message_id, [FIELD]);
  if (reference.channel_id != null && snowflake('channel_id', reference.channel_id, [FIELD]) !== channel.id) {
    const message = 'Cannot reply to a message in a different channel';
    throw FormErrors.refusal([FIELD], 'REPLIES_CANNOT_REFERENCE_OTHER_CHANNEL', message);
  }
  const elsewhere = reference.guild_id != null && String(reference.guild_id) !== channel.guildId;
  const named = elsewhere ? undefined : channel.history.get(id);
  const original = named && !isEphemeral(named) ? named : undefined;
  if (!original && reference.fail_if_not_exists !== false) {
    throw FormErrors.refusal([FIELD], 'MESSAGE_REFERENCE_UNKNOWN_MESSAGE', 'Unknown message');
  }
  if (original && !ANSWERABLE.has(original.type)) {
    throw FormErrors.refusal([FIELD], 'REPLIES_CANNOT_REPLY_TO_SYSTEM_MESSAGE', 'Cannot reply to a system message');
  }
  return original;
}
