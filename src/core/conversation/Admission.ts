import { container, Precondition, type PreconditionOptions, type UserError } from '@sapphire/framework';
import type { Message } from 'discord.js';
import { writtenAt } from './writtenAt.ts';

/** Somebody wants something of the bot. */
export interface AdmissionRequest {
  readonly messageId: string;
  readonly userId: string;
  readonly at: Date;
  /** `command` for a known command, `chat` for everything else that a person sends. */
  readonly kind: 'chat' | 'command';
}

/** A global precondition that guards chats and commands alike: the rule is written once, for plain data. */
export abstract class AdmissionPrecondition extends Precondition {
  constructor(context: Precondition.LoaderContext, options: PreconditionOptions & { position: number }) {
    super(context, options);
  }

  abstract admit(request: AdmissionRequest): Precondition.AsyncResult;

  override async messageRun(message: Message): Precondition.AsyncResult {
    try {
      return await this.admit(toAdmissionRequest(message, 'command'));
    } catch (error) {
      container.log.error({ err: error, precondition: this.name }, 'A precondition failed.');
      return this.error({ identifier: 'PreconditionFailed' });
    }
  }
}

export function toAdmissionRequest(message: Message, kind: AdmissionRequest['kind']): AdmissionRequest {
  return { messageId: message.id, userId: message.author.id, at: writtenAt(message), kind };
}

/** Asks all admission preconditions side by side; returns the first refusal by position, undefined when all agree. */
export async function admit(request: AdmissionRequest): Promise<UserError | undefined> {
  const guards = [...container.stores.get('preconditions').values()].filter(
    (piece) => piece instanceof AdmissionPrecondition,
  );
  guards.sort((a, b) => (a.position ?? 0) - (b.position ?? 0));
  const results = await Promise.all(guards.map((guard) => guard.admit(request)));
  return results.find((result) => result.isErr())?.unwrapErr();
}
