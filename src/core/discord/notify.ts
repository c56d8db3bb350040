import { container } from '@sapphire/framework';
import {
  DiscordAPIError,
  type DMChannel,
  type MessageCreateOptions,
  RESTJSONErrorCodes,
  SnowflakeUtil,
} from 'discord.js';
import { carries, deliver, nonceMemory, toParts } from '../conversation/deliver.ts';
import { seconds } from '../time.ts';
import { DeadlineError, withDeadline } from '../withDeadline.ts';

/** What somebody is told of: a message of somebody else's, or what a workflow did. */
export interface Cause {
  /** Names it, in 21 characters at most: they go into nonces. */
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly createdTimestamp: number;
}

/** Why a person cannot be written to, whoever tries how often. */
const unreachable = new Set<unknown>([
  RESTJSONErrorCodes.CannotSendMessagesToThisUser,
  RESTJSONErrorCodes.UnknownChannel,
  RESTJSONErrorCodes.UnknownUser,
  RESTJSONErrorCodes.InvalidRecipients,
]);

/** How long who asked for it waits to hear what became of it. */
const patience = seconds(5);

/**
 * Tells a person something in a direct message, once for one cause however often it is tried, nobody pinged. False when
 * the person takes no messages from the bot, or is nobody that Discord knows.
 * @throws DeadlineError after five seconds, while it is still being tried; DiscordAPIError, HTTPError, Error when Discord
 * does not take it
 */
export async function notify(userId: string, text: string, because: Cause): Promise<boolean> {
  const telling = tell(userId, text, because);
  try {
    return await withDeadline(telling, patience);
  } catch (error) {
    const { log } = container;
    if (error instanceof DeadlineError)
      telling.catch((late: unknown) => log.warn({ err: late, cause: because.id }, 'A person could not be told.'));
    throw error;
  }
}

async function tell(userId: string, text: string, because: Cause): Promise<boolean> {
  const { client, clock, intake } = container;
  const parts = toParts(text);
  try {
    const channel = await client.users.createDM(userId, { cache: false });
    const letGo = intake.holdChannel(channel.id, userId);
    try {
      const now = clock.now();
      const since = Math.min(because.createdTimestamp, now);
      // Either clock may be the one that is wrong.
      const isOld = Math.abs(now - because.createdTimestamp) >= nonceMemory;
      if (!isOld || !(await hasSaid(channel, parts, since)))
        await deliver(channel, because.id, parts, { notice: true, after: firstIdAt(since) });
      return true;
    } finally {
      letGo();
    }
  } catch (error) {
    if (error instanceof DiscordAPIError && unreachable.has(error.code)) return false;
    throw error;
  }
}

// Discord may have forgotten the nonces of an earlier attempt.
async function hasSaid(channel: DMChannel, parts: readonly MessageCreateOptions[], since: number): Promise<boolean> {
  const page = await channel.messages.fetch({ limit: 50, cache: false });
  const ours = page.filter(
    ({ author, createdTimestamp }) => author.id === channel.client.user.id && createdTimestamp >= since,
  );
  return parts.every((part) => ours.some((message) => carries(message, part)));
}

// https://discord.com/developers/docs/reference#snowflake-ids-in-pagination-generating-a-snowflake-from-a-timestamp-example
const firstIdAt = (timestamp: number): string =>
  String(SnowflakeUtil.generate({ timestamp, increment: 0n, workerId: 0n, processId: 0n }));
