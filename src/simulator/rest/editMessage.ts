import type { APIMessage } from 'discord.js';
import type { Channel } from '../Channel.ts';
import type { World } from '../World.ts';
import { attachmentsFrom } from './attachmentsFrom.ts';
import { checkMessage } from './checkMessage.ts';
import { pingsOf } from './createMessage.ts';
import { refusals } from './DiscordError.ts';
import type { SentBody } from './SentBody.ts';

/** The bot changes what it said; what the form leaves out stays: https://discord.com/developers/docs/resources/message#edit-message */
export function editMessage(world: World, channel: Channel, message: APIMessage, body: SentBody): APIMessage {
  if (message.author.id !== world.bot.id) throw refusals.notOwnMessage();
  const form = checkMessage(body);
  const kept = form.attachments
    ? message.attachments.filter(({ id }) => form.attachments?.some((listed) => String(listed.id) === id))
    : message.attachments;
  const content = form.content === undefined ? message.content : (form.content ?? '');
  const embeds = form.embeds === undefined ? message.embeds : (form.embeds ?? []);
  const components = form.components === undefined ? (message.components ?? []) : (form.components ?? []);
  const empty = [content.trim(), embeds, components, kept, body.files].every((part) => part.length === 0);
  if (empty) throw refusals.emptyMessage();
  return world.edit(channel, message, {
    content,
    embeds,
    components,
    attachments: [...kept, ...attachmentsFrom(world, channel, form, body.files)],
    ...(form.flags == null ? {} : { flags: form.flags }),
    // https://github.com/discord/discord-api-docs/issues/2474: what was allowed when the message was made is forgotten.
    ...(form.content === undefined ? {} : pingsOf(world, channel, form, message.referenced_message?.author)),
  });
}
