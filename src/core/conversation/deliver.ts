import { setTimeout as pause } from 'node:timers/promises';
import {
  DiscordAPIError,
  HTTPError,
  type Message,
  type MessageCreateOptions,
  PermissionFlagsBits,
  type SendableChannels,
} from 'discord.js';
import { minutes, seconds } from '../time.ts';
import { splitReply } from './splitReply.ts';

/** What the bot may say: text of any length, and embeds and files that go with the first part of it. */
export type Answer = string | Pick<MessageCreateOptions, 'content' | 'embeds' | 'files' | 'components'>;

/** What became of an answer. */
export interface Delivery {
  /** What another instance had answered already: nothing was said besides. */
  readonly elsewhere?: string;
}

/** Discord honours a nonce at least this long: within it, a second answer is no second message. */
export const nonceMemory = minutes(2);
/** As long as a turn that was missed is still answered, so long does Discord get to take an answer. */
const patience = minutes(10);

/** The messages that carry an answer, nobody pinged. */
export function toParts(what: Answer): MessageCreateOptions[] {
  const { content = '', ...extras } = typeof what === 'string' ? { content: what } : what;
  const texts = splitReply(content);
  const parts: MessageCreateOptions[] = texts.length > 0 ? texts.map((text) => ({ content: text })) : [{}];
  parts[0] = { ...parts[0], ...extras };
  return parts;
}

/**
 * Says the parts of an answer to a message, in order. The first is a reply to the message, see `answerIn`. Each carries
 * the nonce `<message id>-<number>`, so that Discord takes it once however often it is sent, and by however many
 * instances: it gives back the message that was first
 * (https://discord.com/developers/docs/resources/message#create-message). While Discord cannot be reached it is tried
 * again, for ten minutes. A `notice` tells somebody else of the message; it replies to nothing.
 * @throws DiscordAPIError, HTTPError, Error when Discord does not take it
 */
export async function deliver(
  channel: SendableChannels,
  messageId: string,
  parts: readonly MessageCreateOptions[],
  { first = 0, notice = false }: { first?: number; notice?: boolean } = {},
): Promise<Delivery> {
  let last = messageId;
  for (const [index, part] of parts.entries()) {
    const number = first + index;
    const reply = number === 0 && !notice && maySeeHistory(channel) ? replyTo(messageId) : {};
    const nonce = { nonce: `${messageId}-${notice ? 'n' : ''}${number}`, enforceNonce: true };
    const message = await send(channel, { ...part, ...reply, ...nonce, allowedMentions: nobody }, last);
    if (index === 0 && !carries(message, part)) return { elsewhere: message.content };
    last = message.id;
  }
  return {};
}

/** Whether a message says what a part says; Discord takes blanks away at both ends. */
export const carries = (message: Message, { content = '' }: MessageCreateOptions): boolean =>
  message.content.trim() === content.trim();

const nobody = { parse: [] } as const;

const replyTo = (messageReference: string) => ({ reply: { messageReference, failIfNotExists: false } });

// Discord takes no reply from a bot that may not read what it replies to.
const maySeeHistory = (channel: SendableChannels): boolean =>
  channel.isDMBased() ||
  (channel.permissionsFor(channel.client.user)?.has(PermissionFlagsBits.ReadMessageHistory) ?? false);

// The part comes after the message of this id.
async function send(channel: SendableChannels, part: MessageCreateOptions, after: string): Promise<Message> {
  // Not by the time of day, which may be set.
  const began = performance.now();
  let isFirst = true;
  for (let wait = seconds(1); ; wait = Math.min(wait * 2, seconds(30))) {
    try {
      return await channel.send(part);
    } catch (error) {
      // Discord answers 401 now and then to a token that is in order.
      const isStray = isFirst && error instanceof DiscordAPIError && error.status === 401;
      isFirst = false;
      if (isStray) continue;
      if (!isPassing(error) || performance.now() + wait - began > patience) throw error;
    }
    await pause(wait);
    const said = performance.now() - began > nonceMemory && (await findSaid(channel, part, after));
    if (said) return said;
  }
}

// Discord may have taken it the first time, and not have said so.
async function findSaid(channel: SendableChannels, part: MessageCreateOptions, after: string) {
  const question = part.reply?.messageReference;
  const page = await channel.messages.fetch({ after, limit: 100, cache: false }).catch((error: unknown) => {
    if (isPassing(error)) return undefined;
    throw error;
  });
  const isIt = (message: Message): boolean =>
    question === undefined ? carries(message, part) : message.reference?.messageId === question;
  return page?.find((message) => message.author.id === message.client.user.id && isIt(message));
}

// A network that fails shows as an Error with a system's code, or as a time-out of fetch.
function isPassing(error: unknown): boolean {
  if (error instanceof DiscordAPIError) return error.status >= 500;
  if (error instanceof HTTPError) return error.status >= 500;
  const { name, code } = error as { name?: unknown; code?: unknown };
  return name === 'AbortError' || name === 'ConnectTimeoutError' || /^(E[A-Z]+|UND_ERR_)/.test(String(code));
}
