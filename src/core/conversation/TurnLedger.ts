import { UnavailableError } from '../database/Availability.ts';
import type { Database } from '../database/Database.ts';
import type { JournalEntry } from '../journal/JournalEntry.ts';
import { JournalError } from '../journal/JournalError.ts';
import type { Log } from '../log/createLog.ts';
import type { Claim } from './Claim.ts';
import type { Lease } from './Lease.ts';
import { isOneMessage } from './splitReply.ts';
import type { Reply, Turn } from './Turn.ts';
import type { TurnTable } from './TurnTable.ts';
import { applyTurnWrite, finishCall, recordCall, turnWrites } from './turnWrites.ts';

/**
 * What became of a claim. `mine`: to be answered by this instance, for the so-manieth time. `other`: somebody else's,
 * or answered before, or to be answered after an earlier one that is handed out first. `refused`: it can be noted
 * nowhere, so nobody takes it on.
 */
export type Verdict =
  | { readonly verdict: 'mine'; readonly attempts: number }
  | { readonly verdict: 'other' | 'refused' };

/** An answer that the workflow gave, until it is known that the person has it. */
export interface KeptAnswer {
  readonly turn: Turn;
  /** Undefined for the apology. */
  readonly reply: Reply | undefined;
  readonly text: string;
  /** Milliseconds from the message's arrival to its answer. */
  readonly responseTime: number;
}

/** An answer that came another way, until it is known that the person has it. */
export interface LateAnswer extends Claim {
  readonly reply: Reply;
  /** What the person reads. */
  readonly text: string;
}

export interface TurnLedgerParts {
  readonly database: Database;
  readonly table: TurnTable;
  readonly lease: Lease;
  readonly instance: string;
  readonly log: Log;
}

/** Milliseconds that an answer of one message waits at most to be on the disk. */
const patience = 5;

/** Decides who answers a message, once; keeps what has to survive a crash: the claim, and the workflow's answer. */
export class TurnLedger {
  readonly #parts: TurnLedgerParts;
  readonly #fences = new Map<string, number>();
  readonly #people = new Map<string, string>();
  readonly #answers = new Map<string, JournalEntry[]>();
  /** What came another way: it outlives a turn that ends before it is said. */
  readonly #late = new Map<string, JournalEntry[]>();

  constructor(parts: TurnLedgerParts) {
    this.#parts = parts;
    const { database, table, instance } = parts;
    database.register(turnWrites, (call) => applyTurnWrite(table, instance, call));
  }

  /** Asks for a message; in the database, or, while that is away, by a note in the journal. */
  async claim(claim: Claim): Promise<Verdict> {
    const { database, table, lease, instance } = this.#parts;
    try {
      const { verdict, attempts, fence } = await database.attempt(() => table.claim(claim, instance));
      // The first attempt may have lost its connection after it was carried out.
      const isMine = verdict === 'mine' || (verdict === 'other' && fence !== undefined);
      if (isMine) {
        this.takeOn({ ...claim, fence });
        return { verdict: 'mine', attempts };
      }
      if (verdict === 'waiting') lease.sweepSoon();
      if (verdict !== 'done') database.evict(claim.userId);
      return { verdict: 'other' };
    } catch (error) {
      if (!(error instanceof UnavailableError)) throw error;
    }
    return this.#claimLocally(claim);
  }

  /** One more attempt at a message that was taken on in an outage, so that attempts are counted over crashes. */
  async noteAttempt(claim: Claim): Promise<void> {
    await this.#claimLocally(claim);
  }

  /** A turn that was handed out without being asked for. */
  takeOn(turn: Claim & { readonly fence?: number | undefined }): void {
    this.#people.set(turn.messageId, turn.userId);
    if (turn.fence !== undefined) this.#fences.set(turn.messageId, turn.fence);
  }

  /**
   * Keeps an answer before it is sent: after a crash what is missing of it is delivered, and the workflow is not asked
   * again. One that is a single message does not wait for a slow disk, only until no crash of the bot can undo it.
   */
  async keepAnswer(answer: KeptAnswer): Promise<void> {
    const written = Promise.withResolvers<void>();
    const kept = this.#keep(answer, written.resolve);
    if (!isOneMessage(answer.text)) return kept;
    await written.promise;
    await new Promise<void>((resolve) => {
      setTimeout(resolve, patience);
      void kept.then(resolve);
    });
  }

  /** The same for one that came another way. @throws JournalError when it can be kept nowhere */
  async keepLate(answer: LateAnswer): Promise<void> {
    const { messageId, userId } = answer;
    const entry = await this.#parts.database.journal.append('callback', answer, { person: userId, essential: true });
    this.#people.set(messageId, userId);
    note(this.#late, messageId, entry);
  }

  /** What came another way is what the turn says: it ends with the turn. */
  joinLate(messageId: string): void {
    for (const entry of this.#late.get(messageId) ?? []) note(this.#answers, messageId, entry);
    this.#late.delete(messageId);
  }

  /** Whether the turn is still this instance's: after a long standstill somebody else may have taken it over. */
  async stillHolds(messageId: string): Promise<boolean> {
    const { database, table, lease } = this.#parts;
    const fence = this.#fences.get(messageId);
    if (fence === undefined || lease.isFresh || !database.isReachable) return true;
    try {
      return await database.attempt(() => table.holds(messageId, fence));
    } catch (error) {
      if (error instanceof UnavailableError) return true;
      throw error;
    }
  }

  /** The message has been answered, or no answer is owed. */
  async finish(messageId: string): Promise<void> {
    await this.#finish(messageId);
    this.drop(messageId);
  }

  /** The turn is somebody else's now. */
  drop(messageId: string): void {
    this.#parts.database.journal.settle(this.#answers.get(messageId) ?? []);
    for (const map of [this.#answers, this.#fences, this.#people]) map.delete(messageId);
  }

  /** What an earlier run left in the journal: answers to be delivered, and messages that were taken on in an outage. */
  async leftovers(): Promise<{
    answers: KeptAnswer[];
    late: LateAnswer[];
    claims: (Claim & { attempts: number })[];
  }> {
    const { journal } = this.#parts.database;
    const answers = new Map<string, KeptAnswer>();
    const late = new Map<string, LateAnswer>();
    const claims = new Map<string, Claim & { attempts: number }>();
    let read = await journal.read(undefined, 200);
    for (; read.entries.length > 0; read = await journal.read(read.next, 200)) {
      for (const entry of read.entries) {
        if (entry.kind === 'answer') {
          const answer = revive(entry.body as KeptAnswer);
          answers.set(answer.turn.id, answer);
          note(this.#answers, answer.turn.id, entry);
          this.#people.set(answer.turn.id, answer.turn.userId);
        } else if (entry.kind === 'callback') {
          const answer = entry.body as LateAnswer;
          late.set(answer.messageId, answer);
          note(this.#late, answer.messageId, entry);
          this.#people.set(answer.messageId, answer.userId);
        } else noteClaim(claims, entry.body);
      }
    }
    // What a turn was about to say goes on from there.
    for (const id of answers.keys()) {
      late.delete(id);
      this.joinLate(id);
    }
    for (const id of [...answers.keys(), ...late.keys()]) claims.delete(id);
    for (const { messageId, userId } of claims.values()) this.#people.set(messageId, userId);
    return { answers: [...answers.values()], late: [...late.values()], claims: [...claims.values()] };
  }

  // Never rejects.
  async #keep(answer: KeptAnswer, onWritten: () => void): Promise<void> {
    const { database, log } = this.#parts;
    const { id, userId } = answer.turn;
    if (!this.#answers.has(id)) this.#answers.set(id, []);
    try {
      const entry = await database.journal.append('answer', answer, { person: userId, essential: true, onWritten });
      if (this.#answers.has(id)) note(this.#answers, id, entry);
      // The turn ended before the disk had it.
      else database.journal.settle([entry]);
    } catch (error) {
      // The person gets it all the same; only a crash right now would have the workflow asked again.
      log.error({ err: error, turnId: id }, 'An answer could not be kept before it was sent.');
    } finally {
      onWritten();
    }
  }

  async #claimLocally(claim: Claim): Promise<Verdict> {
    const { database, log } = this.#parts;
    try {
      await database.keep(turnWrites, recordCall(claim, new Date()), claim.userId, false);
    } catch (error) {
      if (!(error instanceof JournalError)) throw error;
      log.error({ err: error, messageId: claim.messageId }, 'A message can be noted nowhere; the person is told so.');
      return { verdict: 'refused' };
    }
    this.takeOn(claim);
    return { verdict: 'mine', attempts: 1 };
  }

  async #finish(messageId: string): Promise<void> {
    const { database, table } = this.#parts;
    const person = this.#people.get(messageId);
    // Behind its claim, if that is not in the database yet.
    if (database.isOpen(person)) {
      try {
        return await database.attempt(() => table.finish(messageId, person));
      } catch (error) {
        if (!(error instanceof UnavailableError)) throw error;
      }
    }
    await database.keep(turnWrites, finishCall(messageId), person);
  }
}

function note(entries: Map<string, JournalEntry[]>, messageId: string, entry: JournalEntry): void {
  entries.set(messageId, [...(entries.get(messageId) ?? []), entry]);
}

function noteClaim(claims: Map<string, Claim & { attempts: number }>, body: unknown): void {
  const { repository, method, parameters } = body as { repository: string; method: string; parameters: unknown[] };
  if (repository !== turnWrites) return;
  if (method === 'finish') claims.delete(parameters[0] as string);
  else {
    const claim = parameters[0] as Claim;
    const attempts = (claims.get(claim.messageId)?.attempts ?? 0) + 1;
    claims.set(claim.messageId, { ...claim, attempts });
  }
}

const revive = (answer: KeptAnswer): KeptAnswer => ({
  ...answer,
  turn: { ...answer.turn, at: new Date(answer.turn.at) },
});
