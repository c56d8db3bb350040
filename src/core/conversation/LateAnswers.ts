import { type Client, Events, type Message, type PartialMessage, SnowflakeUtil } from 'discord.js';
import { hours, seconds } from '../time.ts';
import { DeadlineError, withDeadline } from '../withDeadline.ts';
import { answerIn } from './answerIn.ts';
import type { Claim } from './Claim.ts';
import type { Wording } from './ConversationPipeline.ts';
import { LateDelivery, type LateDeliveryParts, type Standing } from './LateDelivery.ts';
import { OpenTurn } from './OpenTurn.ts';
import { RecentIds } from './RecentIds.ts';
import type { Later, Reply, Turn } from './Turn.ts';
import type { LateAnswer } from './TurnLedger.ts';
import { untilDone } from './untilDone.ts';

export interface LateAnswersParts extends LateDeliveryParts {
  readonly client: Client;
  readonly wording: Wording;
  /** Settles when the bot is logged in. */
  readonly live: Promise<unknown>;
}

/**
 * What became of an answer that came another way. `taken`: it is kept durably, and the person gets it. `answered`: there
 * was an answer before. `gone`: the message was deleted or cannot be read, or is more than a day old. `refused`: it can
 * be kept nowhere just now.
 */
export type Taken = 'taken' | 'answered' | 'gone' | 'refused';

/**
 * How a turn ends: with a reply of this instance, by another instance that said it, `overdue` when no answer came in
 * time, or not at all, `stopped`, because the bot stops and takes it up again at its next start.
 */
export type Ending = Reply | 'elsewhere' | 'overdue' | 'stopped';

/** After this nobody waits any more. */
const longest = hours(24);
/** How long Discord is asked what stands in a channel, while somebody waits for it. */
const patience = { ofCaller: seconds(5), ofPerson: seconds(1) / 2 } as const;

/** Brings the answers that come another way, and maybe late, to the turns that wait for them, or else to the people. */
export class LateAnswers {
  readonly #parts: LateAnswersParts;
  readonly #delivery: LateDelivery;
  readonly #open = new Map<string, OpenTurn>();
  /** What came and nobody says yet; undefined until it is kept. */
  readonly #arrived = new Map<string, LateAnswer | undefined>();
  /** Turns that were answered past their own way. */
  readonly #delivered = new RecentIds();
  readonly #overdue = new RecentIds();
  readonly #stopping = new AbortController();

  constructor(parts: LateAnswersParts) {
    this.#parts = parts;
    this.#delivery = new LateDelivery(parts);
  }

  /** Watches what the bot says by other instances, and goes on with what an earlier run left. */
  start(leftovers: readonly LateAnswer[]): void {
    const { client } = this.#parts;
    const onCreate = (message: Message): void => this.#see(message);
    const onUpdate = (_: unknown, message: Message | PartialMessage): void => this.#see(message);
    client.on(Events.MessageCreate, onCreate);
    client.on(Events.MessageUpdate, onUpdate);
    this.#stopping.signal.addEventListener('abort', () => {
      client.off(Events.MessageCreate, onCreate);
      client.off(Events.MessageUpdate, onUpdate);
    });
    // Nobody else here takes their turns up any more.
    for (const answer of leftovers) this.#bring(answer, answer.messageId);
  }

  /** Lets go of what waits; what was kept is delivered after the next start. */
  stop(): void {
    this.#stopping.abort();
    for (const turn of this.#open.values()) turn.leave('stopped');
  }

  /** The answer to a turn: what `ask` gives, or what comes another way meanwhile or later. To be closed afterwards. */
  async answerTo(turn: Turn, ask: () => Promise<Reply | Later>): Promise<Ending> {
    const { id } = turn;
    const open = new OpenTurn();
    this.#open.set(id, open);
    try {
      const arrived = this.#arrived.get(id);
      if (arrived && this.#arrived.delete(id)) {
        this.#parts.ledger.joinLate(id);
        return arrived.reply;
      }
      if (this.#delivered.has(id)) return 'elsewhere';
      const ending = await this.#answerTo(turn, open, ask);
      if (ending === 'overdue') this.#overdue.add(id);
      return ending;
    } finally {
      open.isEnding = true;
    }
  }

  /** The turn has ended. */
  close(id: string): void {
    this.#open.delete(id);
  }

  /** Takes an answer that came another way. */
  async take(claim: Claim, reply: Reply): Promise<Taken> {
    const { messageId: id } = claim;
    if (this.#parts.clock.now() - SnowflakeUtil.timestampFrom(id) > longest) return 'gone';
    if (this.#arrived.has(id) || this.#delivered.has(id)) return 'answered';
    this.#arrived.set(id, undefined);
    const taken = await this.#take(claim, reply);
    if (taken === 'taken') return taken;
    this.#arrived.delete(id);
    if (taken !== 'refused') this.#open.get(id)?.leave('elsewhere');
    return taken;
  }

  async #answerTo(turn: Turn, open: OpenTurn, ask: () => Promise<Reply | Later>): Promise<Ending> {
    const isComing = (): boolean => open.reply !== undefined || this.#arrived.has(turn.id);
    let ending: Ending | undefined;
    try {
      const first = await open.ask(ask);
      ending = 'later' in first ? await this.#wait(turn, open, first.later) : first;
    } catch (error) {
      if (!isComing()) throw error;
    }
    // What was taken is said, and be it that it is being kept just now.
    if (isComing()) ending = open.reply ?? (await open.wait());
    return ending ?? 'elsewhere';
  }

  async #take(claim: Claim, reply: Reply): Promise<Taken> {
    const { messageId: id } = claim;
    const isOverdue = this.#overdue.has(id);
    const open = this.#open.get(id);
    if (open?.isEnding && !isOverdue) return 'answered';
    const isExpected = open && !open.isEnding;
    const standing = isExpected ? 'open' : await this.#look(claim);
    if (standing !== 'open') return standing;
    const hasEnded = isOverdue || (!isExpected && (await this.#delivery.isFinished(id)) === true);
    const text = hasEnded ? this.#parts.wording.lateAnswer(reply.text) : reply.text;
    const answer = { ...claim, reply, text };
    const isKept = await this.#keep(answer);
    // It may have been taken up meanwhile.
    const waiting = this.#open.get(id);
    // Also without being kept: a crash right now would have the workflow asked again.
    if (waiting && !waiting.isEnding) {
      this.#parts.ledger.joinLate(id);
      waiting.hand(reply);
      this.#arrived.delete(id);
    } else if (isKept) this.#bring(answer);
    else return 'refused';
    return 'taken';
  }

  /** Delivers an answer in its person's line; an id is taken on by that. */
  #bring(answer: LateAnswer, id?: string): void {
    const { intake, live, log } = this.#parts;
    this.#arrived.set(answer.messageId, answer);
    const done = intake.inLine(
      answer.userId,
      async () => {
        // Its own turn, which was before it in line, may have given it.
        if (!this.#arrived.delete(answer.messageId)) return;
        this.#delivered.add(answer.messageId);
        await live;
        await untilDone(
          () => this.#delivery.deliver(answer),
          this.#stopping.signal,
          (error) => log.warn({ err: error }, 'An answer that came late could not be delivered yet.'),
        );
      },
      id,
    );
    done.catch((error: unknown) => log.error({ err: error }, 'An answer that came late is left in the journal.'));
  }

  async #wait({ id, channelId, userId }: Turn, open: OpenTurn, milliseconds: number): Promise<Ending> {
    let ending: Ending;
    try {
      ending = await open.wait(milliseconds);
    } catch (error) {
      if (!(error instanceof DeadlineError)) throw error;
      // The gateway may have missed what another instance said.
      const standing = await this.#look({ messageId: id, channelId, userId }, patience.ofPerson);
      ending = standing === 'open' ? 'overdue' : 'elsewhere';
    }
    // The person's next message is answered by what is known then.
    if (ending === 'elsewhere') await this.#delivery.recorded(id);
    return ending;
  }

  // When Discord cannot be asked just now, it is found out later.
  async #look(claim: Claim, milliseconds: number = patience.ofCaller): Promise<Standing> {
    const { live, log } = this.#parts;
    try {
      return await withDeadline(
        live.then(() => this.#delivery.look(claim)),
        milliseconds,
      );
    } catch (error) {
      log.debug({ err: error, turnId: claim.messageId }, 'Whether there is an answer already cannot be told yet.');
      return 'open';
    }
  }

  async #keep(answer: LateAnswer): Promise<boolean> {
    const { ledger, log } = this.#parts;
    try {
      await ledger.keepLate(answer);
      return true;
    } catch (error) {
      log.error({ err: error, turnId: answer.messageId }, 'An answer that came another way could not be kept.');
      return false;
    }
  }

  // A finished answer of the bot, by whichever instance.
  #see(message: Message | PartialMessage): void {
    const question = message.reference?.messageId;
    if (question === undefined || message.partial) return;
    const open = this.#open.get(question);
    if (open && answerIn([message], question).length > 0) open.leave('elsewhere');
  }
}
