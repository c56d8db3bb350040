import type { Message } from 'discord.js';
import { type Answer, type Delivery, deliver, toParts } from './deliver.ts';

/** The messages that answered each message, so that two answers to one do not share a nonce. */
const answers = new WeakMap<Message, string[]>();

/**
 * Answers a message: everything the bot says goes through here. Text above 2,000 characters goes in parts; nobody is
 * ever pinged; each part is taken once however often it is sent, see `deliver`.
 * @throws DiscordAPIError, HTTPError, Error when Discord does not take it
 */
export async function answer(message: Message, what: Answer): Promise<void> {
  await say(message, what);
}

/** As `answer`, and tells what became of it. */
export async function say(message: Message, what: Answer): Promise<Delivery> {
  const { channel } = message;
  if (!channel.isSendable()) throw new Error('The channel takes no messages.');
  const said = answers.get(message) ?? [];
  const parts = toParts(what);
  // Taken before anything is awaited: a second answer goes on behind this one.
  answers.set(message, [...said, ...parts.map(() => '')]);
  const delivery = await deliver(channel, message.id, parts, said.length);
  const all = answers.get(message) ?? [];
  all.splice(said.length, delivery.ids.length, ...delivery.ids);
  return delivery;
}

/** The ids of the messages that answered a message so far. */
export const answerIds = (message: Message): string[] => (answers.get(message) ?? []).filter((id) => id !== '');
