import { Events, Listener, type MessageCommandDeniedPayload, type UserError } from '@sapphire/framework';
import { answer } from '#core';
import { wording } from '../wording.ts';

/** Tells the asker why a command was refused; one above their role is a word that nobody knows. */
export class MessageCommandDeniedListener extends Listener {
  constructor(context: Listener.LoaderContext) {
    super(context, { event: Events.MessageCommandDenied });
  }

  override async run(error: UserError, { message, context }: MessageCommandDeniedPayload): Promise<void> {
    if (error.identifier === 'AboveRole') {
      this.container.client.emit(Events.UnknownMessageCommand, { message, ...context });
      return;
    }
    try {
      await answer(message, wording.refusal(error));
    } finally {
      await this.container.intake.finish(message);
    }
  }
}
