import type { SapphireClient } from '@sapphire/framework';
import { ScheduledTaskEvents, ScheduledTaskHandler } from '@sapphire/plugin-scheduled-tasks';
import { type ConnectionOptions, isNotConnectionError, RedisConnection } from 'bullmq';
import type { Log } from '../log/createLog.ts';
import { type Clock, days, minutes, seconds } from '../time.ts';
import type { Engine, EngineState } from './Engine.ts';
import { RepeatedTasks } from './RepeatedTasks.ts';

interface Options {
  readonly url: string;
  /** Bots that share a Redis need different ones; the instances of one bot need the same. */
  readonly queue: string;
  readonly client: SapphireClient;
  readonly clock: Clock;
  readonly log: Log;
  /** Milliseconds after the start until tasks run whose time passed while the bot was off. */
  readonly soon: number;
  /** How often it is looked whether Redis has lost the tasks. */
  readonly check?: number;
}

/** Runs are kept for so long, so that an occurrence that ran is known as such, and no longer. */
const kept = { age: days(1) / seconds(1), count: 1_000 };

const connectionEvents = [
  ScheduledTaskEvents.ScheduledTaskStrategyConnectError,
  ScheduledTaskEvents.ScheduledTaskStrategyClientError,
  ScheduledTaskEvents.ScheduledTaskStrategyWorkerError,
] as const;

/**
 * Runs the tasks by BullMQ (https://docs.bullmq.io): Redis decides which instance runs an occurrence. While Redis is
 * away nothing runs; the tasks are there again when it comes back, with its memory or without.
 */
export class RedisEngine implements Engine {
  readonly #options: Options;
  #firstContact: RedisConnection | undefined;
  #handler: ScheduledTaskHandler | undefined;
  #tasks: RepeatedTasks | undefined;
  #check: NodeJS.Timeout | undefined;
  #connected = false;
  #reason: string | undefined;
  /** What the log was told since the last change; the same errors again say nothing new. */
  readonly #told = new Set<string>();
  #stopped = false;

  constructor(options: Options) {
    this.#options = options;
  }

  get state(): EngineState {
    if (this.#connected) return { engine: 'redis', state: 'running' };
    const reason = this.#reason === undefined ? {} : { reason: this.#reason };
    return { engine: 'redis', state: 'waiting for redis', ...reason };
  }

  start(): void {
    for (const event of connectionEvents) this.#options.client.on(event, this.#onError);
    const connection = {
      url: this.#options.url,
      // What is under way when Redis goes waits until it is back: a worker that gives up never starts again.
      maxRetriesPerRequest: null,
      connectTimeout: seconds(5),
      // A Redis that says nothing any more is gone; BullMQ's longest wait for a job is 10 s.
      socketTimeout: seconds(30),
      retryStrategy: (attempt: number) => (this.#stopped ? null : Math.min(50 * 2 ** attempt, seconds(2))),
    };
    // The handler only once Redis answers: closed before, its connections would fail without anybody who listens.
    const contact = new RedisConnection(connection);
    this.#firstContact = contact;
    contact.on('error', this.#onError);
    contact.client.then(() => {
      if (this.#stopped) return;
      this.#closeFirstContact();
      this.#begin(connection);
    }, this.#onError);
  }

  async follow(): Promise<void> {
    if (!this.#stopped && this.#tasks?.follow()) this.#restore('all');
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#check);
    this.#closeFirstContact();
    await this.#handler?.close();
    for (const event of connectionEvents) this.#options.client.off(event, this.#onError);
  }

  #begin(connection: ConnectionOptions): void {
    const { queue, check = minutes(1) } = this.#options;
    const defaultJobOptions = { removeOnComplete: kept, removeOnFail: kept };
    // No `prefix`: the handler would not tell its worker.
    this.#handler = new ScheduledTaskHandler({ queue, bull: { connection, defaultJobOptions } });
    this.#tasks = new RepeatedTasks(this.#handler, this.#options);
    this.#handler.client.waitUntilReady().then((redis) => {
      redis.on('ready', this.#onReady);
      redis.on('close', this.#onClose);
      if (redis.status === 'ready') this.#onReady();
    }, this.#onError);
    this.#check = setInterval(() => this.#connected && this.#restore('where missing'), check).unref();
  }

  #closeFirstContact(): void {
    this.#firstContact?.close().catch(this.#onError);
    // Closing takes the listeners away, although an error may still be on its way.
    this.#firstContact?.on('error', this.#onError);
    this.#firstContact = undefined;
  }

  readonly #onReady = (): void => {
    if (this.#stopped) return;
    this.#connected = true;
    this.#told.clear();
    this.#options.log.info('Redis answers; scheduled tasks run.');
    this.#restore('all');
  };

  readonly #onClose = (): void => {
    if (this.#stopped || !this.#connected) return;
    this.#connected = false;
    this.#reason = 'the connection was lost';
    this.#told.clear();
    this.#tell('lost', undefined, 'Redis is lost; scheduled tasks wait until it is back.');
  };

  readonly #onError = (error: unknown): void => {
    if (this.#stopped) return;
    const { code, message } = error as { code?: unknown; message?: unknown };
    const reason = String(code ?? message);
    if (!this.#connected) {
      this.#reason = reason;
      this.#tell('lost', error, 'Redis cannot be used; scheduled tasks wait until it answers.');
    } else if (isConnectionError(error as Error)) {
      // It connects again by itself; whether Redis is lost shows when the connection closes.
      this.#options.log.debug({ err: error }, 'A connection to Redis has an error.');
    } else {
      this.#tell(reason, error, 'Redis reports an error.');
    }
  };

  // Several errors a second while Redis is away: the log gets one line for a change, the rest is for whoever looks closely.
  #tell(what: string, error: unknown, message: string): void {
    const isNew = !this.#told.has(what);
    this.#told.add(what);
    this.#options.log[isNew ? 'warn' : 'debug'](error === undefined ? {} : { err: error }, message);
  }

  #restore(which: 'all' | 'where missing'): void {
    this.#tasks?.restore(which).catch((error: unknown) => {
      if (!this.#stopped)
        this.#tell('restore', error, 'The scheduled tasks cannot be put into Redis; it is tried again.');
    });
  }
}

const isConnectionError = (error: Error): boolean =>
  'syscall' in error || error.message.startsWith('Socket timeout') || !isNotConnectionError(error);
