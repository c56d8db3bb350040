import { type MessageCreateOptions, PermissionFlagsBits, type SendableChannels } from 'discord.js';

/** Pings nobody. */
export const nobody = { parse: [] } as const;

/** Which part of what is said about a message is posted. */
interface Place {
  readonly messageId: string;
  readonly number: number;
  /** A `notice` replies to nothing; what is posted `again` takes the place of what is gone. */
  readonly sort?: 'notice' | 'again' | undefined;
}

/** A part as Discord takes it: nobody pinged, the first one a reply to the message, each under a nonce of its own. */
export function posting(
  channel: SendableChannels,
  part: MessageCreateOptions,
  { messageId, number, sort }: Place,
): MessageCreateOptions {
  const isReply = number === 0 && sort !== 'notice' && maySeeHistory(channel);
  return {
    ...part,
    ...(isReply && { reply: { messageReference: messageId, failIfNotExists: false } }),
    nonce: `${messageId}-${sort ? letters[sort] : ''}${number}`,
    enforceNonce: true,
    allowedMentions: nobody,
  };
}

const letters = { notice: 'n', again: 'r' } as const;

// Discord takes no reply from a bot that may not read what it replies to.
const maySeeHistory = (channel: SendableChannels): boolean =>
  channel.isDMBased() ||
  (channel.permissionsFor(channel.client.user)?.has(PermissionFlagsBits.ReadMessageHistory) ?? false);
