import { DiscordAPIError, type Message, type MessageCreateOptions, type SendableChannels } from 'discord.js';
import { splitReply } from './splitReply.ts';

/** What the bot may say: text of any length, and embeds and files that go with the first part of it. */
export type Answer = string | Pick<MessageCreateOptions, 'content' | 'embeds' | 'files' | 'components'>;

/** How many parts each message's answers have had, so that two answers to one message do not share a nonce. */
const partsSent = new WeakMap<Message, number>();

/**
 * Answers a message: everything the bot says goes through here. Text above 2,000 characters goes in parts; nobody is
 * ever pinged; each part carries the nonce `<message id>-<part>`, so Discord takes it once however often it is sent
 * (https://discord.com/developers/docs/resources/message#create-message).
 * @throws DiscordAPIError, HTTPError, Error when Discord does not take it
 */
export async function answer(message: Message, what: Answer): Promise<void> {
  const { content = '', ...extras } = typeof what === 'string' ? { content: what } : what;
  const texts = splitReply(content);
  const parts: MessageCreateOptions[] = texts.length > 0 ? texts.map((text) => ({ content: text })) : [{}];
  parts[0] = { ...parts[0], ...extras };
  const { channel } = message;
  if (!channel.isSendable()) throw new Error('The channel takes no messages.');
  for (const part of parts) {
    const number = partsSent.get(message) ?? 0;
    partsSent.set(message, number + 1);
    const nonce = `${message.id}-${number}`;
    await send(channel, { ...part, nonce, enforceNonce: true, allowedMentions: { parse: [] } });
  }
}

// Discord answers 401 now and then to a token that is in order.
async function send(channel: SendableChannels, part: MessageCreateOptions): Promise<void> {
  try {
    await channel.send(part);
  } catch (error) {
    if (!(error instanceof DiscordAPIError) || error.status !== 401) throw error;
    await channel.send(part);
  }
}
