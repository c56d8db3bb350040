import { TimeSlice } from '../TimeSlice.ts';
import { findCut } from './findCut.ts';
import { ReplyLayout } from './ReplyLayout.ts';

const messageLimit = 2000;

/** Whether no more than one message carries a reply. */
export const isOneMessage = (text: string): boolean => text.length <= messageLimit;

/**
 * Splits a reply into the messages that carry it, none blank (Discord's error 50006) and none longer than `limit`.
 * Lengths count UTF-16 code units: never less than the characters of Discord's limit, however it counts them.
 * @see https://discord.com/developers/docs/resources/message#create-message
 */
export function splitReply(text: string, limit = messageLimit): string[] {
  return [...partsOf(text, limit)].filter((part) => part !== undefined);
}

/** As `splitReply`, for text of any length: while it is split, others have their turn. */
export async function splitLongReply(text: string, limit = messageLimit): Promise<string[]> {
  const parts: string[] = [];
  const slice = new TimeSlice();
  for (const part of partsOf(text, limit)) {
    if (part !== undefined) parts.push(part);
    if (slice.isOver) await slice.next();
  }
  return parts;
}

// Undefined now and then while it looks at the text.
function* partsOf(text: string, limit: number): Generator<string | undefined> {
  const layout = yield* ReplyLayout.of(text, limit);
  for (let from = layout.startAfter(0); from < layout.text.length; ) {
    const cut = findCut(layout, from);
    yield layout.part(from, cut);
    from = layout.startAfter(cut);
  }
}
