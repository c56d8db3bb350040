import { Events, Listener, type MessageCommandSuccessPayload } from '@sapphire/framework';

/** A command that ran through has been dealt with. */
export class MessageCommandSuccessListener extends Listener {
  constructor(context: Listener.LoaderContext) {
    super(context, { event: Events.MessageCommandSuccess });
  }

  override run({ message }: MessageCommandSuccessPayload): Promise<void> {
    return this.container.intake.finish(message);
  }
}
