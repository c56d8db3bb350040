import { Events, Listener, type MessageCommandDeniedPayload, type UserError } from '@sapphire/framework';
import { answer } from '#core';
import { wording } from '../wording.ts';

/** Tells the asker why a command was refused. */
export class MessageCommandDeniedListener extends Listener {
  constructor(context: Listener.LoaderContext) {
    super(context, { event: Events.MessageCommandDenied });
  }

  override async run(error: UserError, { message }: MessageCommandDeniedPayload): Promise<void> {
    try {
      await answer(message, wording.refusal(error));
    } finally {
      await this.container.intake.finish(message);
    }
  }
}
