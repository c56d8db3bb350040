import { setTimeout as pause } from 'node:timers/promises';
import { type Client, Events, type Message, type OmitPartialGroupDMChannel, SnowflakeUtil } from 'discord.js';
import type { Database } from '../database/Database.ts';
import type { DirectMessages } from '../discord/DirectMessages.ts';
import type { HeldChannels } from '../discord/HeldChannels.ts';
import type { Log } from '../log/createLog.ts';
import { type Clock, hours, minutes, seconds } from '../time.ts';
import { answerIn, draftIn } from './answerIn.ts';
import type { ConversationPipeline } from './ConversationPipeline.ts';
import { countSaid } from './countSaid.ts';
import { deliver, toManyParts } from './deliver.ts';
import type { Intake } from './Intake.ts';
import { isChat } from './isChat.ts';
import type { LateAnswers } from './LateAnswers.ts';
import type { Resumable } from './Resumable.ts';
import { beginStage } from './stages.ts';
import type { KeptAnswer, TurnLedger } from './TurnLedger.ts';
import type { TurnTable } from './TurnTable.ts';
import { untilDone } from './untilDone.ts';
import { withdraw } from './withdraw.ts';

export interface CatchUpParts {
  readonly client: Client;
  readonly messages: DirectMessages;
  readonly channels: HeldChannels;
  readonly database: Database;
  readonly table: TurnTable;
  readonly ledger: TurnLedger;
  readonly intake: Intake;
  readonly conversation: ConversationPipeline;
  readonly late: LateAnswers;
  readonly clock: Clock;
  readonly log: Log;
  /** Settles when the bot is logged in. */
  readonly live: Promise<unknown>;
}

/** What is older is not answered any more when nobody took it on. */
const horizon = minutes(10);
/** Who wrote within this time may have written again. */
const activity = hours(24);
/** Milliseconds until missed messages are looked for again. */
const patience = seconds(5);

/** Deals with messages that nobody dealt with at their time: taken on before a crash, left by another instance, missed. */
export class CatchUp {
  readonly #parts: CatchUpParts;
  readonly #stopping = new AbortController();
  /** What is still to be done for each person, in order. */
  readonly #people = new Map<string, Promise<unknown>>();
  #isSearching = false;
  #isSearchDue = false;
  #unsubscribe: (() => void)[] = [];

  constructor(parts: CatchUpParts) {
    this.#parts = parts;
  }

  /** Takes on what an earlier run left in the journal; to be called before the first message comes in. */
  async takeLeftovers(): Promise<void> {
    const { ledger, intake, live, log, late } = this.#parts;
    const { answers, late: cameLate, claims } = await ledger.leftovers();
    for (const answer of answers) {
      // Its place in line is before everything that comes in from now on.
      const redelivered = intake.inLine(
        answer.turn.userId,
        () => live.then(() => this.#untilDone(() => this.#redeliver(answer))),
        answer.turn.id,
      );
      redelivered.catch((error: unknown) =>
        log.error({ err: error }, 'An answer of an earlier run is left in the journal.'),
      );
    }
    late.start(cameLate);
    for (const claim of claims) await ledger.noteAttempt(claim);
    this.resume(claims.map((claim) => ({ ...claim, attempts: claim.attempts + 1, isOwn: true })));
  }

  /** Looks for missed messages whenever a new session with Discord begins, as soon as the database can say which they are. */
  start(): void {
    const { client, database } = this.#parts;
    const onSession = (): void => {
      this.#isSearchDue = true;
      void this.#search();
    };
    client.on(Events.ShardReady, onSession);
    this.#unsubscribe = [
      () => void client.off(Events.ShardReady, onSession),
      database.onChange(() => void this.#search()),
    ];
  }

  stop(): void {
    this.#stopping.abort();
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
  }

  /** Goes on with turns that were handed out to this instance, each person's in order. */
  resume(turns: readonly Resumable[]): void {
    const { ledger, intake, live, log } = this.#parts;
    for (const turn of turns) {
      if (intake.hasTaken(turn.messageId)) continue;
      intake.expect(turn, turn);
      const before = this.#people.get(turn.userId) ?? live;
      const done = before.then(() => this.#untilDone(() => this.#resume(turn)));
      this.#people.set(turn.userId, done);
      void done.then(() => this.#people.get(turn.userId) === done && this.#people.delete(turn.userId));
      ledger.takeOn(turn);
      log.info({ messageId: turn.messageId, attempts: turn.attempts }, 'A message is taken up again.');
    }
  }

  async #resume(turn: Resumable): Promise<void> {
    const { client, messages, ledger, intake, conversation } = this.#parts;
    const { messageId, userId, channelId } = turn;
    if (intake.hasTaken(messageId)) return;
    // Taken on in an outage, and answered by another instance since?
    const isOver = await this.#isFinished(messageId);
    const page = await Array.fromAsync(messages.allFrom(channelId, userId, messageId));
    const message = page.find(({ id }) => id === messageId);
    const [answered] = answerIn(page, messageId);
    // Deleted meanwhile, or the channel is closed: no answer is owed.
    if (isOver) ledger.drop(messageId);
    else if (!message) {
      await withdraw(page, messageId);
      await ledger.finish(messageId);
    } else if (answered)
      // What this instance said itself was no workflow's answer: that would be in its journal.
      await conversation.adopt(message, answered, !turn.isOwn && isChat(message));
    else {
      conversation.goOnFrom(page, message);
      client.emit(Events.MessageCreate, message as OmitPartialGroupDMChannel<Message>);
    }
    intake.unexpect(messageId);
  }

  async #search(): Promise<void> {
    const { database, log } = this.#parts;
    const { signal } = this.#stopping;
    if (this.#isSearching || !this.#isSearchDue || database.state !== 'connected') return;
    this.#isSearching = true;
    try {
      this.#isSearchDue = false;
      await this.#findMissed();
    } catch (error) {
      this.#isSearchDue = true;
      log.warn({ err: error }, 'Missed messages could not be looked for yet.');
      await pause(patience, undefined, { signal }).catch(() => undefined);
    }
    this.#isSearching = false;
    // Another session may have begun meanwhile, in channels that were looked at before.
    if (!signal.aborted) await this.#search();
  }

  async #findMissed(): Promise<void> {
    const { client, database, messages, channels, table, intake, clock } = this.#parts;
    const now = await messages.now();
    const since = String(SnowflakeUtil.generate({ timestamp: (now || clock.now()) - horizon }));
    for (const { channelId, userId } of await database.attempt(() => table.activeChannels(activity))) {
      if (this.#stopping.signal.aborted) return;
      if (messages.isInGuild(channelId)) continue;
      const letGo = channels.hold(channelId, userId);
      try {
        for await (const message of messages.allFrom(channelId, userId, since)) {
          // What was said while the bot leaves is the next run's.
          if (this.#stopping.signal.aborted) return;
          if (message.author.bot || intake.hasTaken(message.id)) continue;
          intake.expect({ messageId: message.id, userId, channelId }, {});
          // Where every message comes in.
          client.emit(Events.MessageCreate, message as OmitPartialGroupDMChannel<Message>);
          intake.unexpect(message.id);
        }
      } finally {
        letGo();
      }
    }
  }

  async #redeliver(answer: KeptAnswer): Promise<void> {
    const { turn } = answer;
    const letGo = this.#parts.channels.hold(turn.channelId, turn.userId);
    try {
      await this.#deliverRest(answer);
    } finally {
      letGo();
    }
  }

  async #deliverRest({ turn, reply, text, responseTime }: KeptAnswer): Promise<void> {
    const { messages, ledger, conversation, log } = this.#parts;
    const page = await Array.fromAsync(messages.allFrom(turn.channelId, turn.userId, turn.id));
    const message = page.find(({ id }) => id === turn.id);
    // Deleted meanwhile, or the channel is closed: no answer is owed.
    if (!message) {
      await withdraw(page, turn.id);
      return ledger.finish(turn.id);
    }
    const { channel } = message;
    if (!channel.isSendable()) throw new Error('The channel takes no messages.');
    const parts = await toManyParts(text);
    const answered = answerIn(page, turn.id);
    const said = countSaid(parts, answered);
    const [other] = answered;
    if (said === 0 && other)
      return conversation.conclude(turn, { reply: { text: other.content }, delivered: true, responseTime });
    if (said === 0 && (await this.#isFinished(turn.id))) return ledger.drop(turn.id);
    const ended = beginStage('turn', { turnId: turn.id, userId: turn.userId });
    log.info({ turnId: turn.id, parts: parts.length, said }, 'An answer of an earlier run is delivered.');
    const draft = draftIn(page, turn.id).map(({ id }) => id);
    const { elsewhere } = await (said > 0
      ? deliver(channel, turn.id, parts.slice(said), { first: said, draft })
      : conversation.goOnFrom(page, message).become(parts, 0));
    if (elsewhere !== undefined) return ledger.finish(turn.id);
    await conversation.conclude(turn, { reply, delivered: true, responseTime });
    ended({ outcome: 'answered' });
  }

  async #isFinished(messageId: string): Promise<boolean> {
    const { database, table } = this.#parts;
    return database.isReachable && database.attempt(() => table.isFinished(messageId));
  }

  #untilDone(work: () => Promise<void>): Promise<void> {
    return untilDone(work, this.#stopping.signal, (error) =>
      this.#parts.log.warn({ err: error }, 'A message could not be taken up again yet.'),
    );
  }
}
