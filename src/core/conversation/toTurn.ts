import type { Message } from 'discord.js';
import { cleanText } from './cleanText.ts';
import type { Turn } from './Turn.ts';
import { writtenAt } from './writtenAt.ts';

/** Makes plain data of a Discord message. */
export function toTurn(message: Message): Turn {
  const stickers = message.stickers.map((sticker) => `[sticker: ${sticker.name}]`);
  return {
    id: message.id,
    channelId: message.channelId,
    userId: message.author.id,
    username: cleanText(message.author.username),
    text: cleanText([message.content, ...stickers].filter((part) => part !== '').join('\n')),
    attachments: message.attachments.map((attachment) => ({
      url: attachment.url,
      filename: cleanText(attachment.name),
      contentType: attachment.contentType ?? undefined,
      size: attachment.size,
    })),
    at: writtenAt(message),
  };
}
