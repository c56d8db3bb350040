import { type APIMessage, type APIUser, MessageFlags, MessageType, StickerFormatType } from 'discord.js';
import type { Channel } from '../Channel.ts';
import { mentionsOf } from '../mentions.ts';
import type { NewMessage, World } from '../World.ts';
import { attachmentsFrom } from './attachmentsFrom.ts';
import { checkMessage, type MessageForm } from './checkMessage.ts';
import { refusals } from './DiscordError.ts';
import { FormErrors } from './FormErrors.ts';
import type { SentBody } from './SentBody.ts';

/** The bot says something: https://discord.com/developers/docs/resources/message#create-message */
export function createMessage(world: World, channel: Channel, body: SentBody): APIMessage {
  const form = checkMessage(body);
  if (isEmpty(form, body)) throw refusals.emptyMessage();
  if (channel.recipientId !== undefined && world.users.get(channel.recipientId)?.blocksBot) {
    throw refusals.cannotMessageUser();
  }
  const { nonce } = form;
  const first = form.enforce_nonce && nonce != null ? world.nonces.find(channel.id, nonce) : undefined;
  if (first) return first;

  const { reply, repliedTo } = replyOf(channel, form);
  const message = world.post(channel, {
    author: world.bot,
    content: form.content ?? '',
    ...pingsOf(world, channel, form, repliedTo),
    ...(nonce == null ? {} : { nonce }),
    tts: form.tts ?? false,
    embeds: form.embeds ?? [],
    components: form.components ?? [],
    attachments: attachmentsFrom(world, channel, form, body.files),
    flags: form.flags ?? (0 as MessageFlags),
    ...(form.sticker_ids == null
      ? {}
      : { sticker_items: form.sticker_ids.map((id) => ({ id, name: 'sticker', format_type: StickerFormatType.PNG })) }),
    ...reply,
  });
  if (nonce != null) world.nonces.remember(channel.id, nonce, message);
  return message;
}

/** Whom the text of a form pings. */
export function pingsOf(world: World, channel: Channel, form: MessageForm, repliedTo?: APIUser) {
  return mentionsOf({
    content: form.content ?? '',
    allowed: form.allowed_mentions ?? undefined,
    inGuild: channel.guildId !== undefined,
    repliedTo,
    findUser: (id) => world.findUser(id),
  });
}

function isEmpty({ content, embeds, components, sticker_ids, poll, flags }: MessageForm, { files }: SentBody): boolean {
  const parts = [embeds, components, sticker_ids, files];
  if (Number(flags ?? 0) & MessageFlags.IsComponentsV2 && components?.length) return false;
  return !content?.trim() && !poll && parts.every((part) => !part?.length);
}

function replyOf(channel: Channel, form: MessageForm): { reply: Partial<NewMessage>; repliedTo?: APIUser } {
  const reference = form.message_reference;
  if (!reference) return { reply: {} };
  const original = channel.history.get(String(reference.message_id));
  if (!original) {
    if (reference.fail_if_not_exists === false) return { reply: {} };
    throw FormErrors.refusal(['message_reference'], 'REPLIES_UNKNOWN_MESSAGE', 'Unknown message');
  }
  const { referenced_message: _older, ...referenced_message } = original;
  const message_reference = { type: 0, channel_id: channel.id, message_id: original.id };
  return { reply: { type: MessageType.Reply, message_reference, referenced_message }, repliedTo: original.author };
}
