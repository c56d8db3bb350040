import { type Command, Events, Listener } from '@sapphire/framework';
import type { Message } from 'discord.js';
import { toNote } from '../toNote.ts';

/** Notes every command that begins to run, so that it is counted whatever happens until it has ended. */
export class MessageCommandRunListener extends Listener {
  constructor(context: Listener.LoaderContext) {
    super(context, { event: Events.MessageCommandRun });
  }

  override run(message: Message, command: Command): Promise<void> {
    return this.container.commandNotes.begin(toNote(message, command));
  }
}
