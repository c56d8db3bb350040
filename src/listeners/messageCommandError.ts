import {
  ArgumentError,
  Events,
  Identifiers,
  Listener,
  type MessageCommandErrorPayload,
  UserError,
} from '@sapphire/framework';
import { answer } from '#core';
import { commandForm } from '../commandForm.ts';
import { wording } from '../wording.ts';

/** Tells the asker what was wrong with a command, or apologises for what was wrong with the bot. */
export class MessageCommandErrorListener extends Listener {
  constructor(context: Listener.LoaderContext) {
    super(context, { event: Events.MessageCommandError });
  }

  override async run(error: unknown, { message, command }: MessageCommandErrorPayload): Promise<void> {
    try {
      const problem = problemWithArguments(error);
      if (problem !== undefined) return await answer(message, wording.wrongArguments(commandForm(command), problem));
      if (error instanceof UserError) return await answer(message, wording.refusal(error));
      this.container.log.error({ err: error, command: command.name, messageId: message.id }, 'A command failed.');
      await answer(message, wording.apology());
    } finally {
      await this.container.intake.finish(message);
    }
  }
}

// What a command says is wrong with what it got; Sapphire's own arguments say it in their words, which are not ours.
function problemWithArguments(error: unknown): string | undefined {
  if (!(error instanceof UserError)) return undefined;
  if (error.identifier === 'WrongArguments') return error.message;
  return error instanceof ArgumentError || error.identifier === Identifiers.ArgsMissing ? '' : undefined;
}
