import { type APIMessage, type APIUser, MessageFlags, StickerFormatType } from 'discord.js';
import type { Channel } from '../Channel.ts';
import { mentionsOf } from '../mentions.ts';
import type { NewMessage, World } from '../World.ts';
import { attachmentsFrom } from './attachmentsFrom.ts';
import type { MessageForm } from './checkMessage.ts';
import { refusals } from './DiscordError.ts';
import { numberComponents } from './numberComponents.ts';
import type { SentBody } from './SentBody.ts';

/** What the bot may set itself; the other flags are Discord's. */
const SETTABLE = MessageFlags.SuppressEmbeds | MessageFlags.SuppressNotifications | MessageFlags.IsComponentsV2;

/** Makes the message that a checked form describes, with its files stored; refuses an empty one. */
export function composeMessage(
  world: World,
  channel: Channel,
  form: MessageForm,
  files: SentBody['files'],
  original?: APIMessage,
): NewMessage {
  if (isEmpty(form, files)) throw refusals.emptyMessage();
  return {
    author: world.bot,
    content: form.content ?? '',
    ...pingsOf(world, channel, form, original?.author),
    tts: form.tts ?? false,
    embeds: form.embeds ?? [],
    components: numberComponents(form.components ?? []),
    attachments: attachmentsFrom(world, channel, form, files),
    flags: settable(form.flags),
    ...(form.sticker_ids == null
      ? {}
      : { sticker_items: form.sticker_ids.map((id) => ({ id, name: 'sticker', format_type: StickerFormatType.PNG })) }),
  };
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

/** The flags of a form that count, over those that a message has from Discord. */
export function settable(wanted: MessageForm['flags'], own: MessageFlags = 0 as MessageFlags): MessageFlags {
  return wanted == null ? own : (own & ~SETTABLE) | (Number(wanted) & SETTABLE);
}

function isEmpty({ content, embeds, components, sticker_ids, poll }: MessageForm, files: SentBody['files']): boolean {
  const parts = [embeds, components, sticker_ids, files];
  return !content?.trim() && !poll && parts.every((part) => !part?.length);
}
