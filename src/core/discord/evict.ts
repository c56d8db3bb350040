import type { Client } from 'discord.js';

/**
 * Takes a person and their direct-message channel out of discord.js's caches, which have no bounds: both come again
 * with the next message. So does the queue of the channel's requests, unless it waits for a limit to pass. A guild's
 * channels stay.
 */
export function evict({ channels, users, rest }: Client, channelId: string, userId: string): void {
  if (channels.cache.get(channelId)?.isDMBased() === false) return;
  channels.cache.delete(channelId);
  users.cache.delete(userId);
  for (const { value: bucket } of rest.hashes.values()) {
    const queue = `${bucket}:${channelId}`;
    if (rest.handlers.get(queue)?.inactive) rest.handlers.delete(queue);
  }
}
