import type { Message } from 'discord.js';
import type { DraftMessages } from './DraftMessages.ts';
import { type Answer, type Delivery, deliver, toManyParts } from './deliver.ts';

/** How many parts answered each message, so that two answers to one do not share a nonce. */
const counts = new WeakMap<Message, Promise<number>>();

/**
 * Answers a message: everything the bot says goes through here. Text above 2,000 characters goes in parts; nobody is
 * ever pinged; each part is taken once however often it is sent, see `deliver`.
 * @throws DiscordAPIError, HTTPError, Error when Discord does not take it
 */
export async function answer(message: Message, what: Answer): Promise<void> {
  await say(message, what);
}

/** As `answer`, in place of what was shown of it, and tells what became of it. */
export async function say(message: Message, what: Answer, draft?: DraftMessages): Promise<Delivery> {
  const { channel } = message;
  if (!channel.isSendable()) throw new Error('The channel takes no messages.');
  const earlier = counts.get(message) ?? Promise.resolve(0);
  const numbering = Promise.all([earlier, toManyParts(what)]);
  const toCount = numbering.then(
    ([said, parts]) => said + parts.length,
    () => earlier,
  );
  // Before anything is awaited: a second answer goes on behind this one.
  counts.set(message, toCount);
  const [said, parts] = await numbering;
  return draft ? draft.become(parts, said) : deliver(channel, message.id, parts, { first: said });
}
