import { type Command, Events, Listener, type MessageCommandFinishPayload } from '@sapphire/framework';
import type { Message } from 'discord.js';
import { writtenAt } from '#core';

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
    const { analytics } = this.container;
    const { id, author } = message;
    const at = writtenAt(message);
    const time = success ? Math.round(duration) : null;
    await Promise.all([
      analytics.logMessage(author.id, author.username, 'dm', 'command', time, null, { key: `${id}:message`, at }),
      analytics.logCommand(author.id, author.username, command.name, false, success, { key: `${id}:command`, at }),
    ]);
  }
}
