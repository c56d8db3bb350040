import { container } from '@sapphire/framework';
import type { Message, MessageCreateOptions } from 'discord.js';
import { splitReply } from './splitReply.ts';

/** What the bot may say: text of any length, and embeds and files that go with the first part of it. */
export type Answer = string | Pick<MessageCreateOptions, 'content' | 'embeds' | 'files' | 'components'>;

/** How many parts each message's answers have had, so that two answers to one message do not share a nonce. */
const partsSent = new WeakMap<Message, number>();

/**
 * Answers a message: everything the bot says goes through here. Text above 2,000 characters goes in parts; nobody is
 * ever pinged; each part carries the nonce `<message id>-<part>`, so Discord takes it once however often it is sent
 * (https://discord.com/developers/docs/resources/message#create-message).
 * @throws DiscordAPIError, HTTPError when Discord does not take it
 */
export async function answer(message: Message, what: Answer): Promise<void> {
  const { content = '', ...extras } = typeof what === 'string' ? { content: what } : what;
  const texts = splitReply(content);
  const parts: MessageCreateOptions[] = texts.length > 0 ? texts.map((text) => ({ content: text })) : [{}];
  parts[0] = { ...parts[0], ...extras };
  if (!message.channel.isSendable()) {
    container.log.warn({ messageId: message.id }, 'The channel takes no messages; the answer stays unsaid.');
    return;
  }
  for (const part of parts) {
    const number = partsSent.get(message) ?? 0;
    partsSent.set(message, number + 1);
    const nonce = `${message.id}-${number}`;
    await message.channel.send({ ...part, nonce, enforceNonce: true, allowedMentions: { parse: [] } });
  }
}
