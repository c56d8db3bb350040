import { Events, Listener, type PreMessageCommandRunPayload, UserError } from '@sapphire/framework';

declare module '@sapphire/framework' {
  interface CommandOptions {
    /** Whether it takes something away for good: read late, it is not run, because the person may have changed their mind. */
    destructive?: boolean;
  }
}

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
    // Last of all: who may not use a command does not learn that there is one.
    if (command.options.destructive && this.container.intake.wasMissed(message)) {
      const [written] = message.content.split(/\s/, 1);
      return new UserError({ identifier: 'TooLate', context: { written } });
    }
    return undefined;
  }
}
