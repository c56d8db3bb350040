import type { Message } from 'discord.js';
import { draftIn } from './answerIn.ts';
import { deliver } from './deliver.ts';

/**
 * Takes away what stands unfinished, on a page of its channel, of an answer that is not owed any more.
 * @throws DiscordAPIError, HTTPError, Error when Discord does not take it
 */
export async function withdraw(page: readonly Message[], messageId: string): Promise<void> {
  const draft = draftIn(page, messageId);
  const channel = draft[0]?.channel;
  if (channel?.isSendable()) await deliver(channel, messageId, [], { draft: draft.map(({ id }) => id) });
}
