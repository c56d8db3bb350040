import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { Client, DiscordjsErrorCodes, Events, GatewayCloseCodes } from 'discord.js';
import { KernelError } from '../errors.ts';
import type { Log } from '../log/createLog.ts';
import { minutes, seconds } from '../time.ts';
import { DeadlineError, withDeadline } from '../withDeadline.ts';
import { Pulse } from './Pulse.ts';

/** `silent`: nobody closed the connection, and nothing comes over it any more, not even an answer to a heartbeat. */
export type GatewayState = 'connecting' | 'live' | 'silent' | 'reconnecting' | 'closed';

/** The connection to Discord: knows whether it is live, connects with growing pauses, and reports a fatal close. */
export class Gateway {
  readonly #client: Client;
  readonly #log: Log;
  readonly #pulse: Pulse;
  readonly #stopping = new AbortController();
  readonly #stopped = once(this.#stopping.signal, 'abort');
  readonly #failed = Promise.withResolvers<never>();
  readonly #live = Promise.withResolvers<void>();
  #state: Exclude<GatewayState, 'silent'> = 'connecting';
  #closing: Promise<void> | undefined;

  constructor(client: Client, log: Log) {
    this.#client = client;
    this.#log = log;
    this.#pulse = new Pulse(client);
    this.#failed.promise.catch(() => undefined);
    client.on(Events.ClientReady, () => this.#become('live'));
    client.on(Events.ShardResume, () => this.#become('live'));
    client.on(Events.ShardReady, () => this.#client.isReady() && this.#become('live'));
    client.on(Events.ShardReconnecting, () => this.#become('reconnecting'));
    client.on(Events.ShardDisconnect, ({ code }) => this.#onFatalClose(code));
    client.on(Events.ShardError, (error) => log.warn({ err: error }, 'The connection to Discord has an error.'));
    client.on(Events.Error, (error) => log.error({ err: error }, 'The Discord client reports an error.'));
  }

  get state(): GatewayState {
    return this.#state === 'live' && this.#pulse.isLost ? 'silent' : this.#state;
  }

  /** Milliseconds since Discord said something over this connection, or over the one before. */
  get silence(): number {
    return this.#pulse.silence;
  }

  /** Settles when the bot is logged in for the first time. */
  get live(): Promise<void> {
    return this.#live.promise;
  }

  /** Rejects with a KernelError when Discord closes the session for good; never settles otherwise. */
  get failed(): Promise<never> {
    return this.#failed.promise;
  }

  /**
   * Logs in and settles when the session is live. Tries until Discord can be reached or `close` is called.
   * @throws KernelError BadToken, ClosedByDiscord
   */
  async connect(token: string): Promise<void> {
    const { signal } = this.#stopping;
    for (let wait = seconds(1); !signal.aborted; wait = Math.min(wait * 2, minutes(1))) {
      try {
        await Promise.race([this.#login(token), this.failed, this.#stopped]);
        return;
      } catch (error) {
        if (error instanceof KernelError) throw error;
        if (isTokenInvalid(error, token)) {
          throw new KernelError(
            'BadToken',
            'Discord refuses the token. Copy it anew from the Developer Portal into DISCORD_TOKEN.',
          );
        }
        this.#log.warn({ err: error, retryInMs: wait }, 'Discord cannot be reached.');
        await pause(wait, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  /** Closes the session: no event arrives after this. Requests can still be sent. */
  close(): Promise<void> {
    this.#state = 'closed';
    this.#stopping.abort();
    // client.destroy() would forget the token, and the turns in hand still have to be answered.
    this.#closing ??= this.#sayGoodbye((this.#client.ws as unknown as { destroy(): Promise<void> }).destroy());
    return this.#closing;
  }

  // Over a dead network the answer is waited for, in vain, for longer than a stop may take.
  async #sayGoodbye(destroyed: Promise<void>): Promise<void> {
    try {
      await withDeadline(destroyed, seconds(2));
    } catch (error) {
      if (!(error instanceof DeadlineError)) throw error;
      this.#log.debug({ err: error }, 'Discord did not answer the goodbye.');
    }
  }

  async #login(token: string): Promise<void> {
    const ready = Promise.withResolvers<void>();
    const onReady = (): void => ready.resolve();
    this.#client.once(Events.ClientReady, onReady);
    try {
      // A login that failed leaves the manager marked as destroyed, so that it could not be closed later.
      Reflect.set(this.#client.ws, 'destroyed', false);
      // Not Sapphire's own login: it would load all pieces anew, which were loaded when the plugins were mounted.
      await Client.prototype.login.call(this.#client, token);
      await ready.promise;
    } finally {
      this.#client.off(Events.ClientReady, onReady);
    }
  }

  #become(state: 'live' | 'reconnecting'): void {
    if (this.#state === state || this.#state === 'closed') return;
    this.#state = state;
    if (state === 'live') this.#live.resolve();
    this.#log.info({ state }, 'The connection to Discord changed.');
  }

  #onFatalClose(code: number): void {
    this.#state = 'closed';
    const name = GatewayCloseCodes[code] ?? 'unknown';
    const message = `Discord closed the session for good (${code}, ${name}). See https://discord.com/developers/docs/topics/opcodes-and-status-codes#gateway-gateway-close-event-codes`;
    this.#failed.reject(new KernelError('ClosedByDiscord', message));
  }
}

function isTokenInvalid(error: unknown, token: string): boolean {
  // With other characters the request's header cannot be written, so that Discord is never asked.
  const isWritable = /^[\x20-\x7e]+$/.test(token);
  return !isWritable || (error as { code?: unknown } | null)?.code === DiscordjsErrorCodes.TokenInvalid;
}
