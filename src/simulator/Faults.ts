/** Which requests a fault is meant for; without a condition, the next ones of any kind. */
export interface FaultScope {
  /** How many requests it befalls; default 1. */
  times?: number;
  /** Compared with the path behind `/api/v10`, without the query. */
  path?: RegExp;
  method?: string;
}

export interface Limit extends FaultScope {
  /** default 1,000 */
  retryAfterMs?: number;
  global?: boolean;
}

export interface Failure extends FaultScope {
  status: number;
  body?: unknown;
}

interface Request {
  method: string;
  path: string;
}

/** The mishaps that a test or the playground can order; each is used up as it happens. */
export class Faults {
  /** When true REST answers 401 to everything. */
  rejectToken = false;
  /** How long each REST request waits before it is handled, in milliseconds. */
  restDelayMs = 0;
  /** The close code that answers IDENTIFY; undefined lets the bot in. */
  loginCloseCode: number | undefined;
  readonly #limits: Limit[] = [];
  readonly #failures: Failure[] = [];
  readonly #losses: FaultScope[] = [];
  #duplicates = 0;

  /** The next requests are answered with 429. */
  limitNext(limit: Limit = {}): void {
    this.#limits.push({ ...limit });
  }

  /** The next requests fail with a status, e.g. 500 or 502, and are not carried out. */
  failNext(failure: Failure): void {
    this.#failures.push({ ...failure });
  }

  /** The next requests are carried out, and the connection is cut before the answer. */
  loseAnswers(scope: FaultScope = {}): void {
    this.#losses.push({ ...scope });
  }

  /** IDENTIFY is answered with this close code (4004, 4014, …) until it is set to undefined. */
  refuseLogins(closeCode: number | undefined): void {
    this.loginCloseCode = closeCode;
  }

  /** The next dispatches are sent twice: same data, next sequence number. */
  duplicateNextEvents(times = 1): void {
    this.#duplicates += times;
  }

  delayRest(ms: number): void {
    this.restDelayMs = ms;
  }

  reset(): void {
    for (const list of [this.#limits, this.#failures, this.#losses]) list.length = 0;
    this.#duplicates = 0;
    this.restDelayMs = 0;
    this.loginCloseCode = undefined;
    this.rejectToken = false;
  }

  /** How many requests will still be answered with 429. */
  get limitsLeft(): number {
    return this.#limits.reduce((sum, { times = 1 }) => sum + times, 0);
  }

  /** Uses up the 429 that is meant for a request, if there is one. */
  takeLimit(request: Request): Limit | undefined {
    return take(this.#limits, request);
  }

  takeFailure(request: Request): Failure | undefined {
    return take(this.#failures, request);
  }

  takeLoss(request: Request): boolean {
    return take(this.#losses, request) !== undefined;
  }

  takeDuplicate(): boolean {
    if (this.#duplicates === 0) return false;
    this.#duplicates -= 1;
    return true;
  }
}

function take<Fault extends FaultScope>(faults: Fault[], { method, path }: Request): Fault | undefined {
  const index = faults.findIndex(
    (fault) => (fault.method ?? method) === method && (fault.path === undefined || path.search(fault.path) >= 0),
  );
  const fault = faults[index];
  if (fault === undefined) return undefined;
  fault.times = (fault.times ?? 1) - 1;
  if (fault.times <= 0) faults.splice(index, 1);
  return fault;
}
