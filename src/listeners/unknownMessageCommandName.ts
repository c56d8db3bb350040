import { Events, Listener, type UnknownMessageCommandNamePayload } from '@sapphire/framework';

/** A prefix with nothing behind it is an unknown command too. */
export class UnknownMessageCommandNameListener extends Listener {
  constructor(context: Listener.LoaderContext) {
    super(context, { event: Events.UnknownMessageCommandName });
  }

  override run(payload: UnknownMessageCommandNamePayload): void {
    this.container.client.emit(Events.UnknownMessageCommand, { ...payload, commandName: '' });
  }
}
