import type { Client } from 'discord.js';

/**
 * Takes a person and their direct-message channel out of discord.js's caches, which have no bounds: both come again
 * with the next message. A guild's channels stay.
 */
export function evict(client: Client, channelId: string, userId: string): void {
  if (client.channels.cache.get(channelId)?.isDMBased() === false) return;
  client.channels.cache.delete(channelId);
  client.users.cache.delete(userId);
}
