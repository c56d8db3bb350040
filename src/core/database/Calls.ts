import type { KernelEnvironment } from '../kernelEnvironment.ts';
import { seconds } from '../time.ts';
import { DeadlineError } from '../withDeadline.ts';
import { type Availability, UnavailableError } from './Availability.ts';
import { type DatabaseEvent, databaseChannel } from './databaseChannel.ts';
import { isOutage, isPoolTimeout, isWorthAnotherTry } from './isOutage.ts';
import { queryTimeout } from './queryTimeout.ts';
import type { Recovery } from './Recovery.ts';
import type { Sentinel } from './Sentinel.ts';

export interface CallsParts {
  readonly env: KernelEnvironment;
  readonly availability: Availability;
  readonly recovery: Recovery;
  /** Absent for the embedded database, which runs in this process: it can be busy, not gone. */
  readonly sentinel: Sentinel | undefined;
}

/** How often a call is tried that lost a race or its connection. */
const attempts = 3;

type CallOutcome = Extract<DatabaseEvent, { kind: 'call' }>['outcome'];

/** The calls of the database that run now; nobody waits for one longer than a message may wait. */
export class Calls {
  readonly #parts: CallsParts;
  readonly #running = new Set<Promise<unknown>>();

  constructor(parts: CallsParts) {
    this.#parts = parts;
  }

  /**
   * Waits for a call at most `deadline` milliseconds, and no longer than until the database is known to be away.
   * @throws UnavailableError when there is no answer by then (the call may take effect nevertheless), else what it throws
   */
  async attempt<T>(call: () => Promise<T>, deadline = this.#parts.env.DB_QUERY_TIMEOUT): Promise<T> {
    if (!databaseChannel.hasSubscribers) return this.#attempt(call, deadline);
    const began = performance.now();
    const tell = (outcome: CallOutcome): void =>
      databaseChannel.publish({ kind: 'call', outcome, duration: performance.now() - began } satisfies DatabaseEvent);
    try {
      const result = await this.#attempt(call, deadline);
      tell('answered');
      return result;
    } catch (error) {
      tell(outcomeOf(error));
      throw error;
    }
  }

  /** Settles when those that run now have ended. */
  async ended(): Promise<void> {
    await Promise.allSettled(this.#running);
  }

  async #attempt<T>(call: () => Promise<T>, deadline: number): Promise<T> {
    const until = Date.now() + deadline;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#wait(call, until - Date.now());
      } catch (error) {
        if (error instanceof DeadlineError) throw new UnavailableError('The database is slow.', { cause: error });
        if (error instanceof UnavailableError || !isOutage(error)) throw error;
        if (attempt < attempts && isWorthAnotherTry(error)) continue;
        if (await this.#isOnlyBusy(error)) throw new UnavailableError('The database is slow.', { cause: error });
        this.#parts.recovery.degrade(error);
        throw new UnavailableError('The database is away.', { cause: error });
      }
    }
  }

  #wait<T>(call: () => Promise<T>, deadline: number): Promise<T> {
    const { availability, env, recovery, sentinel } = this.#parts;
    if (!sentinel) return this.#keepTrack(call());
    const slow = Math.min(deadline, env.DB_QUERY_TIMEOUT) / 2;
    const onSlow = (): void => {
      sentinel.check(slow).catch((error: unknown) => recovery.degrade(error));
    };
    // A little longer than anyone waits: who gives up first is the one who knows why.
    const running = queryTimeout.run(deadline + seconds(1), () => this.#keepTrack(call()));
    return availability.wait(running, { slow, deadline, onSlow });
  }

  async #isOnlyBusy(error: unknown): Promise<boolean> {
    const { env, sentinel } = this.#parts;
    if (!sentinel || !isPoolTimeout(error)) return false;
    return sentinel.check(env.DB_QUERY_TIMEOUT).then(
      () => true,
      () => false,
    );
  }

  #keepTrack<T>(call: Promise<T>): Promise<T> {
    this.#running.add(call);
    const forget = (): boolean => this.#running.delete(call);
    call.then(forget, forget);
    return call;
  }
}

function outcomeOf(error: unknown): CallOutcome {
  if (!(error instanceof UnavailableError)) return 'error';
  return error.cause instanceof DeadlineError || isPoolTimeout(error.cause) ? 'timeout' : 'away';
}
