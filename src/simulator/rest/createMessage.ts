import type { APIMessage } from 'discord.js';
import type { Channel } from '../Channel.ts';
import { replyTo } from '../replyTo.ts';
import type { World } from '../World.ts';
import { checkMessage } from './checkMessage.ts';
import { composeMessage } from './composeMessage.ts';
import { refusals } from './DiscordError.ts';
import { findReferenced } from './findReferenced.ts';
import type { SentBody } from './SentBody.ts';

/** The bot says something: https://discord.com/developers/docs/resources/message#create-message */
export function createMessage(world: World, channel: Channel, body: SentBody): APIMessage {
  const form = checkMessage(body);
  if (channel.recipientId !== undefined && world.users.get(channel.recipientId)?.blocksBot) {
    throw refusals.cannotMessageUser();
  }
  const { nonce } = form;
  const first = form.enforce_nonce && nonce != null ? world.nonces.find(channel.id, nonce) : undefined;
  // As it is by now.
  if (first) return channel.history.get(first.id) ?? first;

  const original = findReferenced(channel, form);
  const message = world.post(channel, {
    ...composeMessage(world, channel, form, body.files, original),
    ...(nonce == null ? {} : { nonce }),
    ...(original ? replyTo(channel, original.id) : {}),
  });
  if (nonce != null) world.nonces.remember(channel.id, nonce, message);
  return message;
}
