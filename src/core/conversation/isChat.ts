import type { Message } from 'discord.js';

/** Whether a message is for the workflow: no command, no remark in a guild, nothing reserved for automation. */
export function isChat({ client, content, guildId }: Message): boolean {
  const { defaultPrefix } = client.options;
  return guildId === null && !content.startsWith('/') && !content.startsWith(String(defaultPrefix));
}
