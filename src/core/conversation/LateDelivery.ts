import { setTimeout as pause } from 'node:timers/promises';
import type { Message, MessageCreateOptions } from 'discord.js';
import type { Database } from '../database/Database.ts';
import type { DirectMessages } from '../discord/DirectMessages.ts';
import type { Log } from '../log/createLog.ts';
import { type Clock, seconds } from '../time.ts';
import { answerIn, draftIn } from './answerIn.ts';
import type { Claim } from './Claim.ts';
import { countSaid } from './countSaid.ts';
import { DraftMessages } from './DraftMessages.ts';
import { deliver, toManyParts } from './deliver.ts';
import type { HookRunner } from './HookRunner.ts';
import type { Intake } from './Intake.ts';
import { beginStage } from './stages.ts';
import type { LateAnswer, TurnLedger } from './TurnLedger.ts';
import type { TurnTable } from './TurnTable.ts';
import { toTurn } from './toTurn.ts';
import { withdraw } from './withdraw.ts';

export interface LateDeliveryParts {
  readonly database: Database;
  /** Names this instance among those that share the database. */
  readonly instance: string;
  readonly table: TurnTable;
  readonly messages: DirectMessages;
  readonly intake: Intake;
  readonly ledger: TurnLedger;
  readonly hooks: HookRunner;
  readonly clock: Clock;
  readonly log: Log;
}

/** How it stands with a message in its channel: `gone` was deleted, or the bot cannot read there any more. */
export type Standing = 'open' | 'answered' | 'gone';

/** Answers messages whose turns wait no more, or wait elsewhere. */
export class LateDelivery {
  readonly #parts: LateDeliveryParts;

  constructor(parts: LateDeliveryParts) {
    this.#parts = parts;
  }

  /** @throws DiscordAPIError, HTTPError, Error when Discord cannot be asked */
  async look(claim: Claim): Promise<Standing> {
    const { message, said } = await this.#inChannel(claim, () => this.#read(claim));
    if (!message) return 'gone';
    return said.length > 0 ? 'answered' : 'open';
  }

  /**
   * Says what is not said yet of an answer, unless another one stands there, and ends the turn.
   * @throws DiscordAPIError, HTTPError, Error when Discord cannot be asked what stands there
   */
  deliver(answer: LateAnswer): Promise<void> {
    return this.#inChannel(answer, () => this.#deliver(answer));
  }

  /** Whether the turn has ended, in whichever instance; undefined while the database does not tell. */
  async isFinished(id: string): Promise<boolean | undefined> {
    const { database, table, log } = this.#parts;
    if (!database.isReachable) return undefined;
    try {
      return await database.attempt(() => table.isFinished(id));
    } catch (error) {
      log.debug({ err: error, turnId: id }, 'Whether the turn has ended cannot be told.');
      return undefined;
    }
  }

  /** Settles when another instance has recorded what it answered; after a second at the latest. */
  async recorded(id: string): Promise<void> {
    for (let asked = 0; asked < 10 && (await this.isFinished(id)) === false; asked += 1) await pause(seconds(1) / 10);
  }

  async #deliver(answer: LateAnswer): Promise<void> {
    const { hooks, clock } = this.#parts;
    const { messageId, reply, text, userId } = answer;
    const ended = beginStage('turn', { turnId: messageId, userId });
    const { message, page, said } = await this.#read(answer);
    const parts = await toManyParts(text);
    const done = countSaid(parts, said);
    // Deleted meanwhile.
    if (!message) await withdraw(page, messageId);
    // Else answered by somebody, who records it.
    if (!message || (done === 0 && said.length > 0)) return this.#finish(messageId);
    const delivered = await this.#say(message, page, parts, done);
    if (delivered !== 'elsewhere') {
      // Written when it was written, however long ago: what was erased since stays away.
      const at = new Date(Math.min(message.createdTimestamp, clock.now()));
      const responseTime = Math.max(0, clock.now() - message.createdTimestamp);
      await hooks.record({ ...toTurn(message), at }, { reply, delivered, responseTime });
    }
    await this.#finish(messageId);
    ended({ outcome: delivered === 'elsewhere' ? delivered : delivered ? 'answered late' : 'undelivered' });
  }

  #finish(messageId: string): Promise<void> {
    const { ledger } = this.#parts;
    ledger.joinLate(messageId);
    return ledger.finish(messageId);
  }

  // Whether Discord took it. The first `done` parts stand there already.
  async #say(
    message: Message,
    page: readonly Message[],
    parts: readonly MessageCreateOptions[],
    done: number,
  ): Promise<boolean | 'elsewhere'> {
    const { id, channel } = message;
    const { log } = this.#parts;
    log.info({ turnId: id, parts: parts.length, done }, 'An answer that came late is delivered.');
    try {
      if (!channel.isSendable()) throw new Error('The channel takes no messages.');
      // Another instance may still be writing: its draft is waited for.
      const draft = new DraftMessages(message, this.#parts);
      draft.goOnFrom(page);
      const standing = draftIn(page, id).map((part) => part.id);
      const { elsewhere } = await (done > 0
        ? deliver(channel, id, parts.slice(done), { first: done, draft: standing })
        : draft.become(parts, 0));
      return elsewhere === undefined || 'elsewhere';
    } catch (error) {
      log.error({ err: error, messageId: id }, 'Discord did not take the answer.');
      return false;
    }
  }

  // The message is undefined when it was deleted, or the bot cannot read it.
  async #read({ channelId, userId, messageId }: Claim) {
    const page = await Array.fromAsync(this.#parts.messages.allFrom(channelId, userId, messageId));
    return { page, message: page.find(({ id }) => id === messageId), said: answerIn(page, messageId) };
  }

  async #inChannel<T>({ channelId, userId }: Claim, work: () => Promise<T>): Promise<T> {
    const letGo = this.#parts.intake.holdChannel(channelId, userId);
    try {
      return await work();
    } finally {
      letGo();
    }
  }
}
