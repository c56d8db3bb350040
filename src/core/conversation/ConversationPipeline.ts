import { UserError } from '@sapphire/framework';
import type { Message } from 'discord.js';
import type { DirectMessages } from '../discord/DirectMessages.ts';
import type { Log } from '../log/createLog.ts';
import type { Clock } from '../time.ts';
import { refused } from './Admission.ts';
import { Answers, type Said } from './Answers.ts';
import { Beginnings, type BeginningsParts } from './Beginnings.ts';
import type { DraftMessages } from './DraftMessages.ts';
import { deliver, toParts } from './deliver.ts';
import type { Gathered, HookRunner } from './HookRunner.ts';
import type { Erased } from './Hooks.ts';
import type { Intake } from './Intake.ts';
import { isChat } from './isChat.ts';
import { keepTyping } from './keepTyping.ts';
import type { Ending, LateAnswers, Taken } from './LateAnswers.ts';
import { inStage, type TurnEnd } from './stages.ts';
import type { Draft, ForgetRequest, Outcome, Recollection, Reply, Turn } from './Turn.ts';
import type { TurnLedger, Verdict } from './TurnLedger.ts';
import { toTurn } from './toTurn.ts';

/** What the bot says instead of an answer; worded outside the kernel. */
export interface Wording {
  /** Somebody may not do something, or not now. */
  refusal(error: UserError): string;
  /** Something failed that the person cannot mend. */
  apology(): string;
  /** No answer came in time, but one may come yet. */
  stillWorking(): string;
  /** What the person reads when it came after that. */
  lateAnswer(text: string): string;
}

export interface ConversationParts {
  readonly database: BeginningsParts['database'];
  readonly intake: Intake;
  readonly ledger: TurnLedger;
  readonly hooks: HookRunner;
  readonly messages: DirectMessages;
  /** Names this instance among those that share the database. */
  readonly instance: string;
  readonly late: LateAnswers;
  readonly wording: Wording;
  readonly clock: Clock;
  readonly log: Log;
}

/** What a person is told besides an answer. */
type Told = Pick<Said, 'text' | 'end'>;

/** The way of every message that the bot took on: admitted, recalled, answered, recorded. */
export class ConversationPipeline {
  readonly #parts: ConversationParts;
  readonly #answers: Answers;
  readonly #beginnings: Beginnings;

  constructor(parts: ConversationParts) {
    this.#parts = parts;
    this.#answers = new Answers(parts);
    this.#beginnings = new Beginnings(parts);
  }

  /** Takes a message on, and asks meanwhile for what a chat needs; only what is `mine` is to be dealt with. */
  async take(message: Message): Promise<Verdict> {
    const taken = await this.#parts.intake.take(message, (isNext) => this.#beginnings.begin(message, isNext));
    if (taken.verdict === 'other') void this.#beginnings.forgo(message);
    return taken;
  }

  /** Makes a turn of a message and sees it through. */
  async chat(message: Message): Promise<void> {
    const { clock, intake, late } = this.#parts;
    const arrival = clock.now();
    const stopTyping = this.#keepTyping(message);
    const draft = this.#answers.draft(message);
    let end: TurnEnd | 'left' | undefined = { outcome: 'failed' };
    try {
      const turn = toTurn(message);
      let isRefused = false;
      const recalling = this.#beginnings.recollection(message, turn, () => isRefused);
      const refusal = await this.#refusal(message);
      if (refusal !== undefined) {
        isRefused = true;
        stopTyping();
        end = await this.#say(message, refusal);
        return;
      }
      const recollection = await recalling;
      if (!recollection) return;
      const said = await this.#respond(turn, recollection, (text) => draft.show(text));
      stopTyping();
      if (said === 'stopped') end = 'left';
      else if (said === 'elsewhere') end = { outcome: said };
      else if (said === 'overdue') end = await this.#putOff(message, turn, clock.now() - arrival);
      else end = await this.#answers.give(message, turn, said, clock.now() - arrival);
    } finally {
      stopTyping();
      draft.stop();
      late.close(message.id);
      // A bot that stops leaves it in hand, so that nothing behind it begins; its next run takes it up.
      if (end === undefined) intake.abandon(message);
      else if (end !== 'left') await intake.finish(message, end);
    }
  }

  /**
   * Takes an answer to a turn that comes another way than from its `respond` hook, at any time within a day; the turn's
   * person gets it once, and where it comes too late, it says so.
   */
  answerLater(turn: { turnId: string; channelId: string; userId: string }, reply: Reply): Promise<Taken> {
    const { turnId: messageId, channelId, userId } = turn;
    return this.#parts.late.take({ messageId, channelId, userId }, reply);
  }

  /** The answer to a message takes the place of what stands unfinished on a page of its channel. */
  goOnFrom(page: readonly Message[], message: Message): DraftMessages {
    const draft = this.#answers.draft(message);
    draft.goOnFrom(page);
    return draft;
  }

  /** Says something about a message that is neither a chat nor a known command; it counts in the limits like one. */
  async remark(message: Message, text: string): Promise<void> {
    const { intake } = this.#parts;
    intake.leaveLine(message);
    let end: TurnEnd = { outcome: 'failed' };
    try {
      end = await this.#say(message, (await this.#refusal(message)) ?? { text, end: { outcome: 'hint' } });
    } finally {
      await intake.finish(message, end);
    }
  }

  /** Ends a message that something of ours failed on. */
  async apologise(message: Message, error: unknown): Promise<void> {
    const { hooks, intake, log, wording } = this.#parts;
    log.error(
      { err: error, messageId: message.id },
      'The message could not be dealt with; the person gets an apology.',
    );
    let end: TurnEnd = { outcome: 'failed' };
    try {
      end = await this.#say(message, { text: wording.apology(), end: { outcome: 'apologised' } });
      const delivered = end.outcome === 'apologised';
      if (isChat(message)) await hooks.record(toTurn(message), { reply: undefined, delivered, responseTime: 0 });
    } finally {
      await intake.finish(message, end);
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

  // A guard that fails is a bug of ours: the message is not let through, and the person gets the apology.
  async #refusal(message: Message): Promise<Told | undefined> {
    const { log, wording } = this.#parts;
    try {
      const refusal = await this.#beginnings.refusal(message);
      refusal?.onTold();
      return refusal && { text: wording.refusal(refusal.error), end: refused(refusal.error) };
    } catch (error) {
      log.error({ err: error, messageId: message.id }, 'A precondition failed.');
      return { text: wording.apology(), end: { outcome: 'apologised' } };
    }
  }

  async #say(message: Message, { text, end }: Told): Promise<TurnEnd> {
    return (await this.#answers.say(message, text)) ? end : { outcome: 'undelivered' };
  }

  // What the person is told: the plugins' answer, or why there is none.
  async #respond(turn: Turn, recollection: Recollection, draft: Draft): Promise<Said | Exclude<Ending, Reply>> {
    const { hooks, late, log, wording } = this.#parts;
    try {
      const answerTo = () => late.answerTo(turn, () => hooks.respond(turn, recollection, draft));
      const ending = await inStage('respond', { turnId: turn.id, userId: turn.userId }, answerTo, endOfResponse);
      if (typeof ending === 'string') return ending;
      return { reply: ending, text: ending.text, end: { outcome: 'answered' } };
    } catch (error) {
      if (error instanceof UserError) {
        log.warn({ turnId: turn.id, refusal: error.identifier }, 'The turn was refused.');
        return { reply: undefined, text: wording.refusal(error), end: refused(error) };
      }
      log.error({ err: error, turnId: turn.id }, 'The turn failed; the person gets an apology.');
      return { reply: undefined, text: wording.apology(), end: { outcome: 'apologised' } };
    }
  }

  // A notice replies to nothing, so that the answer may follow. Undefined as in Answers.give.
  async #putOff({ channel }: Message, turn: Turn, responseTime: number): Promise<TurnEnd | undefined> {
    const { hooks, ledger, log, wording } = this.#parts;
    if (!(await ledger.stillHolds(turn.id))) {
      ledger.drop(turn.id);
      return undefined;
    }
    log.warn({ turnId: turn.id }, 'No answer came in time; the person is told that it may come later.');
    let delivered = false;
    try {
      if (!channel.isSendable()) throw new Error('The channel takes no messages.');
      await deliver(channel, turn.id, toParts(wording.stillWorking()), { notice: true });
      delivered = true;
    } catch (error) {
      log.error({ err: error, messageId: turn.id }, 'Discord did not take the notice.');
    }
    await hooks.record(turn, { reply: undefined, delivered, responseTime });
    return { outcome: delivered ? 'to come later' : 'undelivered' };
  }

  #keepTyping(message: Message): () => void {
    const { channel, client } = message;
    const onError = (error: unknown): void => this.#parts.log.debug({ err: error }, 'Typing was not shown.');
    return keepTyping(client.rest, async () => channel.isSendable() && channel.sendTyping(), onError);
  }
}

const endOfResponse = (ending: Ending) => ({ outcome: typeof ending === 'string' ? ending : 'answered' });
