import type { Message } from 'discord.js';
import { say } from './answer.ts';
import { answerIn } from './answerIn.ts';
import type { ConversationParts } from './ConversationPipeline.ts';
import { DraftMessages } from './DraftMessages.ts';
import { type Delivery, nonceMemory } from './deliver.ts';
import { inStage, type TurnEnd } from './stages.ts';
import type { Reply, Turn } from './Turn.ts';

/** What a person is told at the end of a turn. */
export interface Said {
  /** Undefined when it is no plugin's answer. */
  readonly reply: Reply | undefined;
  readonly text: string;
  /** How the turn ends when the person gets it. */
  readonly end: TurnEnd;
}

/** Gives each turn its one answer: kept before it is said, said by one instance only, recorded by the one that said it. */
export class Answers {
  readonly #parts: Pick<ConversationParts, 'clock' | 'hooks' | 'instance' | 'intake' | 'ledger' | 'log' | 'messages'>;
  readonly #drafts = new WeakMap<Message, DraftMessages>();

  constructor(parts: ConversationParts) {
    this.#parts = parts;
  }

  /** What shows the person the answer to a message while it is written. */
  draft(message: Message): DraftMessages {
    const draft = this.#drafts.get(message) ?? new DraftMessages(message, this.#parts);
    this.#drafts.set(message, draft);
    return draft;
  }

  /** Undefined when the turn turned out to be somebody else's, who answers it. `responseTime` in milliseconds. */
  async give(message: Message, turn: Turn, said: Said, responseTime: number): Promise<TurnEnd | undefined> {
    const { reply, text } = said;
    const { hooks, intake, ledger, log } = this.#parts;
    this.draft(message).stop();
    await ledger.keepAnswer({ turn, reply, text, responseTime });
    if (!(await ledger.stillHolds(turn.id))) {
      log.warn({ turnId: turn.id }, 'Another instance took the turn over; it answers.');
      ledger.drop(turn.id);
      return undefined;
    }
    const earlier = await this.#earlier(message);
    if (earlier) {
      log.info({ turnId: turn.id }, 'Another instance had answered.');
      await hooks.record(turn, { reply: { text: earlier.content }, delivered: true, responseTime });
      return { outcome: 'elsewhere' };
    }
    const delivery = await this.say(message, text);
    if (delivery?.elsewhere === undefined) {
      await hooks.record(turn, { reply, delivered: delivery !== undefined, responseTime });
      return delivery ? said.end : { outcome: 'undelivered' };
    }
    log.info({ turnId: turn.id }, 'Another instance was first to answer.');
    // Whoever was first records it, unless it is gone: then this instance took the turn over from it.
    if (intake.isLate(message))
      await hooks.record(turn, { reply: { text: delivery.elsewhere }, delivered: true, responseTime });
    return { outcome: 'elsewhere' };
  }

  /** Says it in place of a draft, if there is one. Undefined when Discord did not take it. */
  async say(message: Message, text: string): Promise<Delivery | undefined> {
    const draft = this.draft(message);
    // What is said after this is another message.
    this.#drafts.delete(message);
    try {
      const of = { turnId: message.id, userId: message.author.id };
      return await inStage('deliver', of, () => say(message, text, draft), toEnd);
    } catch (error) {
      this.#parts.log.error({ err: error, messageId: message.id }, 'Discord did not take the answer.');
      return undefined;
    }
  }

  // What another instance said, if Discord may have forgotten the nonce of it.
  async #earlier(message: Message): Promise<Message | undefined> {
    const { clock, messages } = this.#parts;
    // Either clock may be the one that is wrong.
    if (Math.abs(clock.now() - message.createdTimestamp) < nonceMemory) return undefined;
    try {
      const page = await Array.fromAsync(messages.allFrom(message.channelId, message.author.id, message.id));
      this.draft(message).goOnFrom(page);
      return answerIn(page, message.id)[0];
    } catch (error) {
      this.#parts.log.warn({ err: error, messageId: message.id }, 'Whether there is an answer already cannot be told.');
      return undefined;
    }
  }
}

const toEnd = ({ elsewhere }: Delivery) => ({ outcome: elsewhere === undefined ? 'said' : 'elsewhere' });
