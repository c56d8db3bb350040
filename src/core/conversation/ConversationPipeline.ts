import type { UserError } from '@sapphire/framework';
import type { Message } from 'discord.js';
import type { DirectMessages } from '../discord/DirectMessages.ts';
import type { Log } from '../log/createLog.ts';
import type { Clock } from '../time.ts';
import { admit, toAdmissionRequest } from './Admission.ts';
import { say } from './answer.ts';
import { answerIn } from './answerIn.ts';
import { type Delivery, nonceMemory } from './deliver.ts';
import type { Gathered, HookRunner } from './HookRunner.ts';
import type { Erased } from './Hooks.ts';
import type { Intake } from './Intake.ts';
import { isChat } from './isChat.ts';
import { keepTyping } from './keepTyping.ts';
import type { ForgetRequest, Outcome, Reply, Turn } from './Turn.ts';
import type { TurnLedger } from './TurnLedger.ts';
import { toTurn } from './toTurn.ts';

/** What the bot says instead of an answer; worded outside the kernel. */
export interface Wording {
  /** Somebody may not do something, or not now. */
  refusal(error: UserError): string;
  /** Something failed that the person cannot mend. */
  apology(): string;
}

export interface ConversationParts {
  readonly intake: Intake;
  readonly ledger: TurnLedger;
  readonly hooks: HookRunner;
  readonly messages: DirectMessages;
  readonly wording: Wording;
  readonly clock: Clock;
  readonly log: Log;
}

/** The way of every message that the bot took on: admitted, recalled, answered, recorded. */
export class ConversationPipeline {
  readonly #parts: ConversationParts;

  constructor(parts: ConversationParts) {
    this.#parts = parts;
  }

  /** Makes a turn of a message and sees it through. */
  async chat(message: Message): Promise<void> {
    const { clock, hooks, intake } = this.#parts;
    const arrival = clock.now();
    const stopTyping = this.#keepTyping(message);
    let isHeld = true;
    try {
      const turn = toTurn(message);
      let refused = false;
      // Beside the admission when nobody is before this turn in line, else when its place has come.
      const recalling = intake.turnOf(message).then(() => (refused ? undefined : hooks.recall(turn)));
      const refusal = await this.#refusal(message);
      if (refusal !== undefined) {
        refused = true;
        stopTyping();
        await this.#deliver(message, refusal);
        return;
      }
      const recollection = await recalling;
      const reply = recollection && (await this.#respond(turn, () => hooks.respond(turn, recollection)));
      stopTyping();
      isHeld = await this.#answer(message, turn, reply, clock.now() - arrival);
    } finally {
      stopTyping();
      if (isHeld) await intake.finish(message);
      else intake.abandon(message);
    }
  }

  /** Says something about a message that is neither a chat nor a known command; it counts in the limits like one. */
  async remark(message: Message, text: string): Promise<void> {
    const { intake } = this.#parts;
    intake.leaveLine(message);
    try {
      await this.#deliver(message, (await this.#refusal(message)) ?? text);
    } finally {
      await intake.finish(message);
    }
  }

  /** Ends a message that something of ours failed on. */
  async apologise(message: Message, error: unknown): Promise<void> {
    const { hooks, intake, log, wording } = this.#parts;
    log.error(
      { err: error, messageId: message.id },
      'The message could not be dealt with; the person gets an apology.',
    );
    try {
      const delivered = (await this.#deliver(message, wording.apology())) !== undefined;
      if (isChat(message)) await hooks.record(toTurn(message), { reply: undefined, delivered, responseTime: 0 });
    } finally {
      await intake.finish(message);
    }
  }

  /** Ends a turn that was answered. */
  async conclude(turn: Turn, outcome: Outcome): Promise<void> {
    const { hooks, ledger } = this.#parts;
    await hooks.record(turn, outcome);
    await ledger.finish(turn.id);
  }

  /** Ends a message whose answer stands in the channel already, by whoever said it. */
  async adopt(message: Message, { content }: Message, isChat: boolean): Promise<void> {
    const { intake, ledger } = this.#parts;
    // In the place in line that it has; not at all when it came in another way meanwhile.
    if ((await intake.take(message)).verdict !== 'mine') return;
    try {
      await intake.turnOf(message);
      const outcome: Outcome = { reply: { text: content }, delivered: true, responseTime: 0 };
      if (isChat) await this.conclude(toTurn(message), outcome);
      else await ledger.finish(message.id);
    } finally {
      intake.abandon(message);
    }
  }

  /** Erases what the kernel and the plugins hold of a person, or of everyone. */
  forget(request: ForgetRequest): Promise<Gathered<Erased>> {
    return this.#parts.hooks.forget(request);
  }

  /** What stays although a person is forgotten. */
  get kept(): readonly string[] {
    return this.#parts.hooks.kept;
  }

  /** Everything that the kernel and the plugins hold of a person, by plugin. */
  exportData(userId: string): Promise<Gathered<Readonly<Record<string, unknown>>>> {
    return this.#parts.hooks.exportData(userId);
  }

  // False when the turn turned out to be somebody else's, who answers it.
  async #answer(message: Message, turn: Turn, reply: Reply | undefined, responseTime: number): Promise<boolean> {
    const { hooks, intake, ledger, log, wording } = this.#parts;
    const text = reply?.text ?? wording.apology();
    await ledger.keepAnswer({ turn, reply, text, responseTime });
    if (!(await ledger.stillHolds(turn.id))) {
      log.warn({ turnId: turn.id }, 'Another instance took the turn over; it answers.');
      ledger.drop(turn.id);
      return false;
    }
    const earlier = await this.#earlierAnswer(message);
    if (earlier) {
      log.info({ turnId: turn.id }, 'Another instance had answered.');
      await this.conclude(turn, { reply: { text: earlier.content }, delivered: true, responseTime });
      return true;
    }
    const delivery = await this.#deliver(message, text);
    if (delivery?.elsewhere === undefined) {
      await hooks.record(turn, { reply, delivered: delivery !== undefined, responseTime });
      return true;
    }
    log.info({ turnId: turn.id }, 'Another instance was first to answer.');
    // Whoever was first records it, unless it is gone: then this instance took the turn over from it.
    if (intake.isLate(message))
      await hooks.record(turn, { reply: { text: delivery.elsewhere }, delivered: true, responseTime });
    return true;
  }

  // What another instance said, if Discord may have forgotten the nonce of it.
  async #earlierAnswer(message: Message): Promise<Message | undefined> {
    const { clock, messages } = this.#parts;
    // Either clock may be the one that is wrong.
    if (Math.abs(clock.now() - message.createdTimestamp) < nonceMemory) return undefined;
    try {
      const page = await Array.fromAsync(messages.allFrom(message.channelId, message.author.id, message.id));
      return answerIn(page, message.id)[0];
    } catch (error) {
      this.#parts.log.warn({ err: error, messageId: message.id }, 'Whether there is an answer already cannot be told.');
      return undefined;
    }
  }

  // A guard that fails is a bug of ours: the message is not let through, and the person gets the apology.
  async #refusal(message: Message): Promise<string | undefined> {
    const { log, wording } = this.#parts;
    try {
      const refusal = await admit(toAdmissionRequest(message, 'chat'));
      return refusal && wording.refusal(refusal);
    } catch (error) {
      log.error({ err: error, messageId: message.id }, 'A precondition failed.');
      return wording.apology();
    }
  }

  async #respond(turn: Turn, respond: () => Promise<Reply>): Promise<Reply | undefined> {
    try {
      return await respond();
    } catch (error) {
      this.#parts.log.error({ err: error, turnId: turn.id }, 'The turn failed; the person gets an apology.');
      return undefined;
    }
  }

  async #deliver(message: Message, text: string): Promise<Delivery | undefined> {
    try {
      return await say(message, text);
    } catch (error) {
      this.#parts.log.error({ err: error, messageId: message.id }, 'Discord did not take the answer.');
      return undefined;
    }
  }

  #keepTyping(message: Message): () => void {
    const { channel, client } = message;
    const onError = (error: unknown): void => this.#parts.log.debug({ err: error }, 'Typing was not shown.');
    return keepTyping(client.rest, async () => channel.isSendable() && channel.sendTyping(), onError);
  }
}
