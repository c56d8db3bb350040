import { type APIMessage, type APIUser, MessageFlags, StickerFormatType } from 'discord.js';
import type { Channel } from '../Channel.ts';
import { mentionsOf } from '../mentions.ts';
import { replyTo } from '../replyTo.ts';
import type { World } from '../World.ts';
import { attachmentsFrom } from './attachmentsFrom.ts';
import { checkMessage, type MessageForm } from './checkMessage.ts';
import { refusals } from './DiscordError.ts';
import { findReferenced } from './findReferenced.ts';
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

  const original = findReferenced(channel, form);
  const message = world.post(channel, {
    author: world.bot,
    content: form.content ?? '',
    ...pingsOf(world, channel, form, original?.author),
    ...(nonce == null ? {} : { nonce }),
    tts: form.tts ?? false,
    embeds: form.embeds ?? [],
    components: form.components ?? [],
    attachments: attachmentsFrom(world, channel, form, body.files),
    flags: form.flags ?? (0 as MessageFlags),
    ...(form.sticker_ids == null
      ? {}
      : { sticker_items: form.sticker_ids.map((id) => ({ id, name: 'sticker', format_type: StickerFormatType.PNG })) }),
    ...(original ? replyTo(channel, original.id) : {}),
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
