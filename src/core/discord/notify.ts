import { container } from '@sapphire/framework';
import { DiscordAPIError, type DMChannel, type Message, RESTJSONErrorCodes } from 'discord.js';
import { carries, deliver, nonceMemory, toParts } from '../conversation/deliver.ts';
import { seconds } from '../time.ts';
import { DeadlineError, withDeadline } from '../withDeadline.ts';

/** Why a person cannot be written to, whoever tries how often. */
const unreachable = new Set<unknown>([
  RESTJSONErrorCodes.CannotSendMessagesToThisUser,
  RESTJSONErrorCodes.UnknownChannel,
  RESTJSONErrorCodes.UnknownUser,
]);

/** How long who asked for it waits to hear what became of it. */
const patience = seconds(5);

/**
 * Tells a person something in a direct message because of a message of somebody else's, once however often it is tried,
 * nobody pinged. False when the person takes no messages from the bot.
 * @throws DeadlineError after five seconds, while it is still being tried; DiscordAPIError, HTTPError, Error when Discord
 * does not take it
 */
export async function notify(userId: string, text: string, because: Message): Promise<boolean> {
  const telling = tell(userId, text, because);
  try {
    return await withDeadline(telling, patience);
  } catch (error) {
    const { log } = container;
    if (error instanceof DeadlineError)
      telling.catch((late: unknown) => log.warn({ err: late, messageId: because.id }, 'A person could not be told.'));
    throw error;
  }
}

async function tell(userId: string, text: string, because: Message): Promise<boolean> {
  const { client, clock, intake } = container;
  try {
    const channel = await client.users.createDM(userId, { cache: false });
    const letGo = intake.holdChannel(channel.id, userId);
    try {
      // Either clock may be the one that is wrong.
      const isOld = Math.abs(clock.now() - because.createdTimestamp) >= nonceMemory;
      if (!isOld || !(await hasSaid(channel, text)))
        await deliver(channel, because.id, toParts(text), { notice: true });
      return true;
    } finally {
      letGo();
    }
  } catch (error) {
    if (error instanceof DiscordAPIError && unreachable.has(error.code)) return false;
    throw error;
  }
}

// Discord may have forgotten the nonce of an earlier attempt.
async function hasSaid(channel: DMChannel, content: string): Promise<boolean> {
  const page = await channel.messages.fetch({ limit: 50, cache: false });
  return page.some((message) => message.author.id === channel.client.user.id && carries(message, { content }));
}
