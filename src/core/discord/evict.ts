import type { Message } from 'discord.js';

/**
 * Takes a person and their direct-message channel out of discord.js's caches, which have no bounds: both come again
 * with the next message.
 */
export function evict({ author, channel, client }: Message): void {
  if (!channel.isDMBased()) return;
  client.channels.cache.delete(channel.id);
  client.users.cache.delete(author.id);
}
