import { Events, Listener } from '@sapphire/framework';
import type { Message } from 'discord.js';
import { wording } from '../wording.ts';

/** A direct message becomes a turn. */
export class NonPrefixedMessageListener extends Listener {
  constructor(context: Listener.LoaderContext) {
    super(context, { event: Events.NonPrefixedMessage });
  }

  override run(message: Message): Promise<void> {
    const { conversation } = this.container;
    return isEmpty(message) ? conversation.remark(message, wording.nothingToRead()) : conversation.chat(message);
  }
}

// A poll, say, or a forwarded message.
function isEmpty({ content, attachments, stickers }: Message): boolean {
  return content.trim() === '' && attachments.size === 0 && stickers.size === 0;
}
