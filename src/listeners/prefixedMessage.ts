import { Events, Listener } from '@sapphire/framework';
import type { Message } from 'discord.js';

/** Commands do not wait behind chats, nor chats behind commands. */
export class PrefixedMessageListener extends Listener {
  constructor(context: Listener.LoaderContext) {
    super(context, { event: Events.PrefixedMessage });
  }

  override run(message: Message): void {
    this.container.intake.leaveLine(message);
  }
}
