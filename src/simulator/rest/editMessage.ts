import { type APIMessage, MessageFlags } from 'discord.js';
import type { Channel } from '../Channel.ts';
import { isLoading } from '../messageFlags.ts';
import type { World } from '../World.ts';
import { attachmentsFrom } from './attachmentsFrom.ts';
import { checkMessage } from './checkMessage.ts';
import { pingsOf, settable } from './composeMessage.ts';
import { refusals } from './DiscordError.ts';
import type { Path } from './FormErrors.ts';
import { numberComponents } from './numberComponents.ts';
import type { SentBody } from './SentBody.ts';

/**
 * The bot changes what it said; what the form leaves out stays: https://discord.com/developers/docs/resources/message#edit-message
 * `within` leads to the form when it is a part of the body.
 */
export function editMessage(
  world: World,
  channel: Channel,
  message: APIMessage,
  body: SentBody,
  within: Path = [],
): APIMessage {
  if (message.author.id !== world.bot.id) throw refusals.notOwnMessage();
  const form = checkMessage(body, within);
  const kept = form.attachments
    ? message.attachments.filter(({ id }) => form.attachments?.some((listed) => String(listed.id) === id))
    : message.attachments;
  const content = form.content === undefined ? message.content : (form.content ?? '');
  const embeds = form.embeds === undefined ? message.embeds : (form.embeds ?? []);
  const components =
    form.components === undefined ? (message.components ?? []) : numberComponents(form.components ?? []);
  const empty = [content.trim(), embeds, components, kept, body.files].every((part) => part.length === 0);
  if (empty) throw refusals.emptyMessage();
  return world.edit(channel, message, {
    content,
    embeds,
    components,
    attachments: [...kept, ...attachmentsFrom(world, channel, form, body.files)],
    flags: settable(form.flags, message.flags) & ~MessageFlags.Loading,
    // Who sees the promised answer come has seen nothing else before.
    ...(isLoading(message) ? { edited_timestamp: null } : {}),
    // https://github.com/discord/discord-api-docs/issues/2474: what was allowed when the message was made is forgotten.
    ...(form.content === undefined ? {} : pingsOf(world, channel, form, message.referenced_message?.author)),
  });
}
