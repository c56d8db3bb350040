import { Events, Listener, type MessageCommandErrorPayload, UserError } from '@sapphire/framework';
import { answer } from '#core';
import { wording } from '../wording.ts';

/** Tells the asker what was wrong with a command, or apologises for what was wrong with the bot. */
export class MessageCommandErrorListener extends Listener {
  constructor(context: Listener.LoaderContext) {
    super(context, { event: Events.MessageCommandError });
  }

  override async run(error: unknown, { message, command }: MessageCommandErrorPayload): Promise<void> {
    try {
      if (error instanceof UserError) return await answer(message, wording.refusal(error));
      this.container.log.error({ err: error, command: command.name, messageId: message.id }, 'A command failed.');
      await answer(message, wording.apology());
    } finally {
      await this.container.intake.finish(message);
    }
  }
}
