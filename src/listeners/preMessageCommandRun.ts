import { Events, Listener, type PreMessageCommandRunPayload, type UserError } from '@sapphire/framework';

/** Asks a command's preconditions, in place of Sapphire's own listener, which leaves the asker without a word when one fails. */
export class PreMessageCommandRunListener extends Listener {
  constructor(context: Listener.LoaderContext) {
    super(context, { event: Events.PreMessageCommandRun });
  }

  override async run(payload: PreMessageCommandRunPayload): Promise<void> {
    const { client, conversation } = this.container;
    try {
      const refusal = await this.#refusal(payload);
      if (refusal) client.emit(Events.MessageCommandDenied, refusal, payload);
      else client.emit(Events.MessageCommandAccepted, payload);
    } catch (error) {
      await conversation.apologise(payload.message, error);
    }
  }

  /** The global preconditions first, as Sapphire has it. */
  async #refusal(payload: PreMessageCommandRunPayload): Promise<UserError | undefined> {
    const { message, command } = payload;
    for (const guard of [this.container.stores.get('preconditions'), command.preconditions]) {
      const result = await guard.messageRun(message, command, payload as never);
      if (result.isErr()) return result.unwrapErr();
    }
    return undefined;
  }
}
