import type { KernelEnvironment } from '../kernelEnvironment.ts';
import { seconds } from '../time.ts';
import { DeadlineError } from '../withDeadline.ts';
import { type Availability, UnavailableError } from './Availability.ts';
import { type DatabaseEvent, databaseChannel } from './databaseChannel.ts';
import { isOutage, isPoolTimeout, isWorthAnotherTry } from './isOutage.ts';
import { withQueryTimeout } from './queryTimeout.ts';
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
    const began = performance.now();
    const until = Date.now() + deadline;
    for (let attempt = 1; ; attempt += 1) {
      try {
        const result = await this.#wait(call, until - Date.now());
        tell('answered', began);
        return result;
      } catch (error) {
        const failure = await this.#failure(error, attempt < attempts);
        if (failure === undefined) continue;
        tell(outcomeOf(failure), began);
        throw failure;
      }
    }
  }

  /** Settles when those that run now have ended. */
  async ended(): Promise<void> {
    await Promise.allSettled(this.#running);
  }

  /** What the caller is told; undefined where the call is tried once more instead. */
  async #failure(error: unknown, mayTryAgain: boolean): Promise<unknown> {
    if (error instanceof DeadlineError) return new UnavailableError('The database is slow.', { cause: error });
    if (error instanceof UnavailableError || !isOutage(error)) return error;
    if (mayTryAgain && isWorthAnotherTry(error)) return undefined;
    if (await this.#isOnlyBusy(error)) return new UnavailableError('The database is slow.', { cause: error });
    this.#parts.recovery.degrade(error);
    return new UnavailableError('The database is away.', { cause: error });
  }

  #wait<T>(call: () => Promise<T>, deadline: number): Promise<T> {
    const { availability, env, sentinel } = this.#parts;
    if (!sentinel) return this.#keepTrack(call());
    const slow = Math.min(deadline, env.DB_QUERY_TIMEOUT) / 2;
    // A little longer than anyone waits: who gives up first is the one who knows why.
    const running = this.#keepTrack(withQueryTimeout(deadline + seconds(1), call));
    return availability.wait(running, { slow, deadline, onSlow: this.#onSlow });
  }

  readonly #onSlow = (slow: number): void => {
    const { recovery, sentinel } = this.#parts;
    sentinel?.check(slow).catch((error: unknown) => recovery.degrade(error));
  };

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

function tell(outcome: CallOutcome, began: number): void {
  databaseChannel.publish({ kind: 'call', outcome, duration: performance.now() - began } satisfies DatabaseEvent);
}

function outcomeOf(error: unknown): CallOutcome {
  if (!(error instanceof UnavailableError)) return 'error';
  return error.cause instanceof DeadlineError || isPoolTimeout(error.cause) ? 'timeout' : 'away';
}
