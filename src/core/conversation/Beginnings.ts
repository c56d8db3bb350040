import type { Message } from 'discord.js';
import type { Database } from '../database/Database.ts';
import { admit, type Refusal, refused, toAdmissionRequest } from './Admission.ts';
import type { HookRunner } from './HookRunner.ts';
import type { Intake } from './Intake.ts';
import { isChat } from './isChat.ts';
import { inStage } from './stages.ts';
import type { Recollection, Turn } from './Turn.ts';
import { toTurn } from './toTurn.ts';

export interface BeginningsParts {
  readonly database: Pick<Database, 'evict'>;
  readonly hooks: Pick<HookRunner, 'recall'>;
  readonly intake: Pick<Intake, 'turnOf'>;
}

/** What was asked of a message while it was claimed. */
interface Begun {
  readonly refusal: Promise<Refusal | undefined>;
  readonly recollection: Promise<Recollection> | undefined;
}

/**
 * What has to be known before a message is answered: whether it may pass, and what was said before. Of a chat it is asked
 * beside the claim, so that all goes to the database in one round trip; where the message turns out to be somebody
 * else's, that did no harm: a limit counts it once, whoever asks.
 */
export class Beginnings {
  readonly #parts: BeginningsParts;
  readonly #begun = new WeakMap<Message, Begun>();

  constructor(parts: BeginningsParts) {
    this.#parts = parts;
  }

  /** Asks beside the claim of a message; `isNext`: nobody is before it in line. */
  begin(message: Message, isNext: boolean): void {
    if (!isChat(message)) return;
    const recollection = isNext ? Promise.resolve().then(() => this.#parts.hooks.recall(toTurn(message))) : undefined;
    // Whoever goes on with the message meets it; nobody may.
    recollection?.catch(() => undefined);
    this.#begun.set(message, { refusal: ask(message), recollection });
  }

  /** The message is somebody else's: what is known of the person here will be out of date. */
  async forgo(message: Message): Promise<void> {
    const recollection = this.#begun.get(message)?.recollection;
    if (recollection === undefined) return;
    this.#begun.delete(message);
    await recollection.catch(() => undefined);
    this.#parts.database.evict(message.author.id);
  }

  /** Why a message may not pass; undefined when it may. */
  refusal(message: Message): Promise<Refusal | undefined> {
    return this.#begun.get(message)?.refusal ?? ask(message);
  }

  /** What is known when the turn's place in line has come; undefined when it is refused by then. */
  async recollection(message: Message, turn: Turn, isRefused: () => boolean): Promise<Recollection | undefined> {
    const begun = this.#begun.get(message)?.recollection;
    if (begun !== undefined) return begun;
    await this.#parts.intake.turnOf(message);
    return isRefused() ? undefined : this.#parts.hooks.recall(turn);
  }
}

function ask(message: Message): Promise<Refusal | undefined> {
  const of = { turnId: message.id, userId: message.author.id };
  const asking = inStage('admit', of, () => admit(toAdmissionRequest(message, 'chat')), toEnd);
  asking.catch(() => undefined);
  return asking;
}

const toEnd = (refusal: Refusal | undefined) => (refusal ? refused(refusal.error) : { outcome: 'admitted' });
