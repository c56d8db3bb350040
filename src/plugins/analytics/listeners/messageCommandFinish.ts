import { type Command, Events, Listener, type MessageCommandFinishPayload } from '@sapphire/framework';
import type { Message } from 'discord.js';
import { logCommand } from '../logCommand.ts';
import { toNote } from '../toNote.ts';

/** Counts every command that ran, whether it succeeded or not. */
export class MessageCommandFinishListener extends Listener {
  constructor(context: Listener.LoaderContext) {
    super(context, { event: Events.MessageCommandFinish });
  }

  override async run(
    message: Message,
    command: Command,
    { success, duration }: MessageCommandFinishPayload,
  ): Promise<void> {
    const { analytics, commandNotes } = this.container;
    const responseTimeMs = success ? Math.round(duration) : null;
    try {
      await logCommand(analytics, toNote(message, command), { success, responseTimeMs });
    } finally {
      await commandNotes.end(message.id);
    }
  }
}
