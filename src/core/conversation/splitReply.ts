import { findCut } from './findCut.ts';
import { ReplyLayout } from './ReplyLayout.ts';

/**
 * Splits a reply into the messages that carry it, none blank (Discord's error 50006) and none longer than `limit`.
 * Lengths count UTF-16 code units: never less than the characters of Discord's limit, however it counts them.
 * @see https://discord.com/developers/docs/resources/message#create-message
 */
export function splitReply(text: string, limit = 2000): string[] {
  const layout = new ReplyLayout(text, limit);
  const parts: string[] = [];
  for (let from = layout.startAfter(0); from < layout.text.length; ) {
    const cut = findCut(layout, from);
    parts.push(layout.part(from, cut));
    from = layout.startAfter(cut);
  }
  return parts;
}
