import { type GatewayDispatchPayload, GatewayOpcodes } from 'discord.js';
import type { Connection } from './Connection.ts';

const REPLAY_CAPACITY = 5_000;
const RESUMABLE_MS = 5 * 60_000;

/** The name and data of a dispatch; the session adds its own sequence number. */
export type Event = { [T in GatewayDispatchPayload as T['t']]: Pick<T, 't' | 'd'> }[GatewayDispatchPayload['t']];

/** One login of the bot. It outlives its connection, keeps what was missed, and can be resumed on another. */
export class Session {
  readonly id: string;
  readonly intents: number;
  readonly shard: readonly [id: number, count: number];
  connection: Connection | undefined;
  #sequence = 0;
  #replay: GatewayDispatchPayload[] = [];
  #lostAt = 0;

  constructor(id: string, intents: number, shard: readonly [number, number]) {
    this.id = id;
    this.intents = intents;
    this.shard = shard;
  }

  get sequence(): number {
    return this.#sequence;
  }

  get expired(): boolean {
    return this.connection === undefined && Date.now() - this.#lostAt > RESUMABLE_MS;
  }

  /** Which shard hears of what: https://discord.com/developers/docs/events/gateway#sharding */
  covers(guildId: string | undefined): boolean {
    const [id, count] = this.shard;
    return Number((BigInt(guildId ?? 0) >> 22n) % BigInt(count)) === id;
  }

  dispatch(event: Event): void {
    this.#sequence += 1;
    const payload = { op: GatewayOpcodes.Dispatch, s: this.#sequence, ...event } as GatewayDispatchPayload;
    this.#replay.push(payload);
    if (this.#replay.length > REPLAY_CAPACITY) this.#replay.shift();
    this.connection?.send(payload);
  }

  /** The client has told that it received everything up to this number. */
  acknowledge(sequence: number): void {
    const kept = this.#replay.findIndex((payload) => payload.s > sequence);
    this.#replay.splice(0, kept < 0 ? this.#replay.length : kept);
  }

  /** Whether everything after this number can still be replayed. */
  canReplayFrom(sequence: number): boolean {
    return sequence + 1 >= (this.#replay[0]?.s ?? this.#sequence + 1);
  }

  /** Goes on over another connection, with everything that was missed and then RESUMED. */
  resume(connection: Connection, sequence: number): void {
    this.acknowledge(sequence);
    this.attach(connection);
    for (const missed of this.#replay) connection.send(missed);
  }

  attach(connection: Connection): void {
    this.connection = connection;
    connection.session = this;
  }

  detach(): void {
    if (this.connection) this.connection.session = undefined;
    this.connection = undefined;
    this.#lostAt = Date.now();
  }
}
