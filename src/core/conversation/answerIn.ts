import { type Message, MessageFlags } from 'discord.js';

/**
 * Finds the bot's answer to a message on a page of its channel, oldest first: the reply to it, and what the bot said
 * after that and not in reply to anything else, among which are the answer's other parts. Whoever said it, and however
 * long ago, the reply itself tells what it answers
 * (https://discord.com/developers/docs/resources/message#message-reference-structure). A draft is no answer.
 */
export function answerIn(page: readonly Message[], messageId: string): Message[] {
  const said = page.filter((message) => isOwn(message) && !isDraft(message));
  const first = said.findIndex(({ reference }) => reference?.messageId === messageId);
  return first < 0 ? [] : said.filter(({ reference }, index) => index === first || (index > first && !reference));
}

/** Finds what stands unfinished of the answer to a message on such a page, in order. */
export function draftIn(page: readonly Message[], messageId: string): Message[] {
  const own = page.filter(isOwn);
  const isReply = ({ reference }: Message): boolean => reference?.messageId === messageId;
  const first = own.findIndex(isReply);
  if (first < 0) return [];
  // What follows the draft of another answer belongs to that.
  const isOther = (message: Message): boolean => isDraft(message) && message.reference !== null && !isReply(message);
  const next = own.findIndex((message, index) => index > first && isOther(message));
  const end = next < 0 ? own.length : next;
  const isPart = ({ reference }: Message, index: number): boolean => index > first && index < end && !reference;
  return own.filter((message, index) => isDraft(message) && (isReply(message) || isPart(message, index)));
}

/**
 * Whether a message of the bot is still being written, or was left so: then it has Discord's flag SUPPRESS_EMBEDS,
 * which no model can write and no finished answer has
 * (https://discord.com/developers/docs/resources/message#message-object-message-flags).
 */
export const isDraft = ({ flags }: Message): boolean => flags.has(MessageFlags.SuppressEmbeds);

const isOwn = ({ author, client }: Message): boolean => author.id === client.user?.id;
