import { container, Precondition, type PreconditionOptions, type UserError } from '@sapphire/framework';
import type { Message } from 'discord.js';
import type { TurnEnd } from './stages.ts';
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

  /** Asked of each message by every instance that sees it: whatever it notes has to bear that. */
  abstract admit(request: AdmissionRequest): Precondition.AsyncResult;

  /** It refused a message, and the person is told so: by one instance. */
  refused?(request: AdmissionRequest): void;

  override async messageRun(message: Message): Precondition.AsyncResult {
    const request = toAdmissionRequest(message, 'command');
    try {
      const result = await this.admit(request);
      if (result.isErr()) this.refused?.(request);
      return result;
    } catch (error) {
      container.log.error({ err: error, precondition: this.name }, 'A precondition failed.');
      return this.error({ identifier: 'PreconditionFailed' });
    }
  }
}

export function toAdmissionRequest(message: Message, kind: AdmissionRequest['kind']): AdmissionRequest {
  return { messageId: message.id, userId: message.author.id, at: writtenAt(message), kind };
}

/** Why somebody may not do what was asked for. */
export interface Refusal {
  readonly error: UserError;
  /** Tells the precondition that the person is told. */
  onTold(): void;
}

/** How a turn ends that was refused. */
export const refused = ({ identifier }: UserError): TurnEnd => ({ outcome: 'refused', reason: identifier });

/** Asks all admission preconditions side by side; returns the first refusal by position, undefined when all agree. */
export async function admit(request: AdmissionRequest): Promise<Refusal | undefined> {
  const guards = [...container.stores.get('preconditions').values()].filter(
    (piece) => piece instanceof AdmissionPrecondition,
  );
  guards.sort((a, b) => (a.position ?? 0) - (b.position ?? 0));
  const results = await Promise.all(guards.map((guard) => guard.admit(request)));
  for (const [index, result] of results.entries())
    if (result.isErr()) return { error: result.unwrapErr(), onTold: () => guards[index]?.refused?.(request) };
  return undefined;
}
