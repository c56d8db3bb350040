import { DiscordAPIError, type Message, type MessageCreateOptions, type SendableChannels } from 'discord.js';
import { minutes } from '../time.ts';
import { isDraft } from './answerIn.ts';
import { isPassing, persevere } from './persevere.ts';
import { nobody, posting } from './posting.ts';
import { splitLongReply, splitReply } from './splitReply.ts';

/** What the bot may say: text of any length, and embeds and files that go with the first part of it. */
export type Answer = string | Pick<MessageCreateOptions, 'content' | 'embeds' | 'files' | 'components'>;

/** What became of an answer. */
export interface Delivery {
  /** What another instance had answered already: nothing was said besides. */
  readonly elsewhere?: string;
  /** The id of it, when it is not finished. */
  readonly draft?: string;
}

/** How an answer is delivered. */
export interface DeliveryOptions {
  /** The number of its first part. */
  readonly first?: number;
  readonly notice?: boolean;
  readonly after?: string;
  /** The ids of the messages that stand unfinished in its place. */
  readonly draft?: readonly string[];
}

/** Discord honours a nonce at least this long: within it, a second answer is no second message. */
export const nonceMemory = minutes(2);

/** The messages that carry a short answer, nobody pinged. */
export const toParts = (what: Answer): MessageCreateOptions[] => carried(splitReply(contentOf(what)), what);

/** As `toParts`, for an answer of any length: while it is split, others have their turn. */
export async function toManyParts(what: Answer): Promise<MessageCreateOptions[]> {
  return carried(await splitLongReply(contentOf(what)), what);
}

const contentOf = (what: Answer): string => (typeof what === 'string' ? what : (what.content ?? ''));

function carried(texts: readonly string[], what: Answer): MessageCreateOptions[] {
  const { content: _content, ...extras } = typeof what === 'string' ? { content: what } : what;
  const parts: MessageCreateOptions[] = texts.length > 0 ? texts.map((text) => ({ content: text })) : [{}];
  parts[0] = { ...parts[0], ...extras };
  return parts;
}

/**
 * Says the parts of an answer to a message, in order. The first is a reply to the message, see `answerIn`. Each carries
 * the nonce `<message id>-<number>`, so that Discord takes it once however often it is sent, and by however many
 * instances: it gives back the message that was first
 * (https://discord.com/developers/docs/resources/message#create-message). While Discord cannot be reached it is tried
 * again, for ten minutes. A `notice` tells somebody else of the message; it replies to nothing. What it is about need
 * not be a message then: `after` is the id of the moment that it comes after. A draft becomes the answer: its messages
 * are edited, and those that are too many deleted.
 * @throws DiscordAPIError, HTTPError, Error when Discord does not take it
 */
export async function deliver(
  channel: SendableChannels,
  messageId: string,
  parts: readonly MessageCreateOptions[],
  { first = 0, notice = false, after = messageId, draft = [] }: DeliveryOptions = {},
): Promise<Delivery> {
  let last = after;
  // First of all: as long as the draft's first message is unfinished, all of it is found again after a crash.
  for (const id of draft.slice(parts.length)) await untilGone(() => channel.messages.delete(id));
  for (const [index, part] of parts.entries()) {
    const post = (sort?: 'notice' | 'again'): Promise<Message> =>
      send(channel, posting(channel, part, { messageId, number: first + index, sort }), last);
    const replace = async (id: string): Promise<Message> => (await edit(channel, id, part)) ?? post('again');
    const standing = draft[index];
    let message = standing === undefined ? await post(notice ? 'notice' : undefined) : await replace(standing);
    if (standing === undefined && !isSaid(message, part)) {
      const { id, content } = message;
      if (index === 0) return isDraft(message) ? { elsewhere: content, draft: id } : { elsewhere: content };
      // A part of our own draft, whose posting went unheard.
      if (!notice) message = await replace(id);
    }
    last = message.id;
  }
  return {};
}

/** Whether a message says what a part says; Discord takes blanks away at both ends. */
export const carries = (message: Message, { content = '' }: MessageCreateOptions): boolean =>
  message.content.trim() === content.trim();

const isSaid = (message: Message, part: MessageCreateOptions): boolean => carries(message, part) && !isDraft(message);

// The part comes after the message of this id.
function send(channel: SendableChannels, part: MessageCreateOptions, after: string): Promise<Message> {
  return persevere<Message>(
    () => channel.send(part),
    async (passed) => (passed > nonceMemory ? findSaid(channel, part, after) : undefined),
  );
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

// Undefined when the message is gone. Without the flag of a draft it is finished, and its links get their previews.
const edit = (channel: SendableChannels, id: string, { content = '', ...part }: MessageCreateOptions) =>
  untilGone(() => channel.messages.edit(id, { ...part, content, flags: [], allowedMentions: nobody }));

// Asked twice, so that a stray 404 does not double a part.
async function untilGone<Result>(request: () => Promise<Result>): Promise<Result | undefined> {
  for (let mayBeStray = true; ; mayBeStray = false) {
    try {
      return await persevere(request);
    } catch (error) {
      if (!(error instanceof DiscordAPIError) || error.status !== 404) throw error;
      if (!mayBeStray) return undefined;
    }
  }
}
