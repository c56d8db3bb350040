import { container, Events, Listener, type UnknownMessageCommandPayload } from '@sapphire/framework';
import { asWritten } from '../asWritten.ts';
import { nearestCommand } from '../nearestCommand.ts';
import { wording } from '../wording.ts';

/** An unknown command is answered with the nearest one; it never reaches the workflow. */
export class UnknownMessageCommandListener extends Listener {
  constructor(context: Listener.LoaderContext) {
    super(context, { event: Events.UnknownMessageCommand });
  }

  override async run({ message, commandName }: UnknownMessageCommandPayload): Promise<void> {
    const nearest = await nearestCommand(message, commandName);
    await container.conversation.remark(message, wording.unknownCommand(asWritten(commandName), asWritten(nearest)));
  }
}
