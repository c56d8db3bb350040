import type { Message } from 'discord.js';

/**
 * Finds the bot's answer to a message on a page of its channel, oldest first: the reply to it, and what the bot said
 * after that and not in reply to anything else, among which are the answer's other parts. Whoever said it, and however
 * long ago, the reply itself tells what it answers
 * (https://discord.com/developers/docs/resources/message#message-reference-structure).
 */
export function answerIn(page: readonly Message[], messageId: string): Message[] {
  const own = page.filter(({ author, client }) => author.id === client.user?.id);
  const first = own.findIndex(({ reference }) => reference?.messageId === messageId);
  return first < 0 ? [] : own.filter(({ reference }, index) => index === first || (index > first && !reference));
}
