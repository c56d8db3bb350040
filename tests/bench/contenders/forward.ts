import { flushCompileCache } from 'node:module';
import type { Message } from 'discord.js';

// As Steward does: its start is compared with that of bots which find as much compiled.
flushCompileCache();

/** What the bare bots do with a message, and all that they do: the workflow's answer becomes the reply. */
export async function forward(message: Message): Promise<void> {
  if (message.author.bot) return;
  const response = await fetch(process.env.N8N_WEBHOOK_URL ?? '', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      messageId: message.id,
      userId: message.author.id,
      username: message.author.username,
      message: message.content,
    }),
  });
  const { output } = (await response.json()) as { output: string };
  await message.reply(output);
}

/** How they log in: to the simulator, with as large a REST budget as Steward has. */
export const connection = {
  token: process.env.DISCORD_TOKEN ?? '',
  rest: {
    api: process.env.DISCORD_API_URL ?? '',
    globalRequestsPerSecond: Number(process.env.DISCORD_GLOBAL_RPS),
  },
};
