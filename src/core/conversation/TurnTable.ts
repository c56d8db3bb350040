import type { Database } from '../database/Database.ts';
import type { SqlFunction } from '../database/SqlFunction.ts';
import { seconds } from '../time.ts';
import type { Claim } from './Claim.ts';

/** How long an instance counts as alive after a heartbeat, and how often it sends one; milliseconds. */
export const lease = { length: seconds(15), renewal: seconds(5) } as const;

/** What became of a claim; only `mine` is to be worked on. */
export interface Claimed {
  /**
   * `waiting`: an earlier message of this person is to be swept first, and this one is swept later.
   * `other`: somebody has it in hand, or will.
   */
  readonly verdict: 'mine' | 'waiting' | 'other' | 'done';
  /** How often it was handed out, this time included. */
  readonly attempts: number;
  /** For `holds`: names this handing out of the turn. Undefined where the caller does not have it. */
  readonly fence: number | undefined;
}

/** A turn that a sweep handed out. */
export interface SweptTurn extends Claim {
  readonly attempts: number;
  readonly fence: number;
  /** When the message was first seen. */
  readonly claimedAt: Date;
}

export interface SweepOptions {
  /** Takes the lanes of dead instances over. */
  readonly takeOver: boolean;
  /** Also hands out what this instance had in hand before it was restarted. */
  readonly first: boolean;
  /** How long a message may be unclaimed before a sweep hands it out; milliseconds. */
  readonly grace: number;
}

const claimTurn: SqlFunction = { name: 'claim_turn', parameters: ['text', 'text', 'text', 'text'] };
const finishTurn: SqlFunction = { name: 'finish_turn', parameters: ['text'] };

/** Who works on which message, in the tables `turns`, `lanes` and `instances`; each call is one round trip. */
export class TurnTable {
  readonly #database: Pick<Database, 'call' | 'query'>;

  constructor(database: Pick<Database, 'call' | 'query'>) {
    this.#database = database;
  }

  /** Asks for a message that this instance saw. */
  async claim({ messageId, userId, channelId }: Claim, instance: string): Promise<Claimed> {
    const values = [messageId, userId, channelId, instance];
    return toClaimed(only(await this.#database.call<ClaimedRow>(claimTurn, values, userId), claimTurn.name));
  }

  /** Renews the instance's lease; a leaving one keeps only the lanes in which it has something unfinished. */
  async heartbeat(instance: string, { leaving = false }: { leaving?: boolean } = {}): Promise<void> {
    await this.#database.query('SELECT heartbeat($1, $2, $3)', [instance, lease.length, leaving]);
  }

  /** The turns that this instance has to work on besides what it claimed, earliest message first. */
  async sweep(instance: string, { takeOver, first, grace }: SweepOptions): Promise<SweptTurn[]> {
    const rows = await this.#database.query<SweptRow>('SELECT * FROM sweep_turns($1, $2, $3, $4)', [
      instance,
      takeOver,
      first,
      grace,
    ]);
    return rows.map((row) => ({
      messageId: row.message_id,
      userId: row.discord_id,
      channelId: row.channel_id,
      attempts: row.attempts,
      fence: Number(row.fence),
      claimedAt: new Date(row.claimed_at),
    }));
  }

  /** The message was answered, or no answer is owed; a second time changes nothing. */
  async finish(messageId: string, userId = ''): Promise<void> {
    await this.#database.call(finishTurn, [messageId], userId);
  }

  /** Enters what this instance took on while the database was away; a second time changes nothing. */
  async record({ messageId, userId, channelId }: Claim, instance: string, claimedAt: Date): Promise<Claimed> {
    const values = [messageId, userId, channelId, instance, claimedAt.toISOString()];
    return toClaimed(await this.#one('SELECT * FROM record_turn($1, $2, $3, $4, $5)', values));
  }

  /** Whether nobody took this turn away from, or finished it for, the one who got it with this fence. */
  async holds(messageId: string, fence: number): Promise<boolean> {
    const { held } = await this.#one<{ held: boolean }>('SELECT holds_turn($1, $2) AS held', [messageId, fence]);
    return held;
  }

  /** The messages that an instance has in hand. */
  async unfinishedOf(instance: string): Promise<ReadonlySet<string>> {
    const sql = 'SELECT message_id FROM turns WHERE instance_id = $1 AND finished_at IS NULL';
    const rows = await this.#database.query<{ message_id: string }>(sql, [instance]);
    return new Set(rows.map(({ message_id }) => message_id));
  }

  /** Whether the message got its answer, from whomever. */
  async isFinished(messageId: string): Promise<boolean> {
    const sql = 'SELECT FROM turns WHERE message_id = $1 AND finished_at IS NOT NULL';
    return (await this.#database.query(sql, [messageId])).length > 0;
  }

  /** Where messages came in within the last `age` milliseconds, the latest first. */
  async activeChannels(age: number): Promise<Pick<Claim, 'userId' | 'channelId'>[]> {
    const rows = await this.#database.query<{ channel_id: string; discord_id: string }>(
      `SELECT channel_id, discord_id FROM turns
       WHERE claimed_at > now() - $1::double precision * interval '1 millisecond'
       GROUP BY channel_id, discord_id ORDER BY max(claimed_at) DESC`,
      [age],
    );
    return rows.map(({ channel_id, discord_id }) => ({ channelId: channel_id, userId: discord_id }));
  }

  /** Ends the instance's lease: others may go on with what it has at once. */
  async leave(instance: string): Promise<void> {
    await this.#database.query('SELECT leave_instance($1)', [instance]);
  }

  /** Removes at most `limit` finished turns older than `age` (milliseconds), and what is idle; returns the number of turns. */
  async cleanup(age: number, limit: number): Promise<number> {
    const sql = "SELECT cleanup_old_turns($1::double precision * interval '1 millisecond', $2) AS n";
    const { n } = await this.#one<{ n: string | number }>(sql, [age, limit]);
    return Number(n);
  }

  async #one<Row extends object = ClaimedRow>(sql: string, values: readonly unknown[]): Promise<Row> {
    return only(await this.#database.query<Row>(sql, values), sql);
  }
}

function only<Row>([row]: readonly Row[], what: string): Row {
  if (!row) throw new Error(`No row came back from: ${what}`);
  return row;
}

// PostgreSQL gives a BIGINT as a string, the embedded database as a number.
interface ClaimedRow {
  verdict: Claimed['verdict'];
  attempts: number;
  fence: string | number | null;
}

interface SweptRow {
  message_id: string;
  discord_id: string;
  channel_id: string;
  attempts: number;
  fence: string | number;
  claimed_at: string | Date;
}

function toClaimed({ verdict, attempts, fence }: ClaimedRow): Claimed {
  return { verdict, attempts, fence: fence === null ? undefined : Number(fence) };
}
