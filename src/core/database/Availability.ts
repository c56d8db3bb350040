import { DeadlineError } from '../withDeadline.ts';

/** A call that the database cannot take or did not answer in time; whether it took effect is not known. */
export class UnavailableError extends Error {
  override readonly name = 'UnavailableError';
}

/** Why the database is not used now. */
export interface Outage {
  /** In a word or a sentence, for `/health`. */
  reason: string;
  /** Milliseconds since 1970. */
  readonly since: number;
  /** It answers again, and what was written meanwhile is on its way to it. */
  catchingUp: boolean;
}

/** How long a call is waited for; milliseconds. */
interface Limits {
  readonly slow: number;
  readonly deadline: number;
  readonly onSlow: (slow: number) => void;
}

/** Whether the database is used, and everyone who waits for it: when it goes away, nobody waits any longer. */
export class Availability {
  #outage: Outage | undefined;
  readonly #waiting = new Set<(error: Error) => void>();

  get outage(): Outage | undefined {
    return this.#outage;
  }

  /** The database went away, or did not come back; true when that is news. */
  begin(reason: string): boolean {
    const isNews = this.#outage?.reason !== reason;
    // One outage is one object, whatever becomes of its reason.
    this.#outage = Object.assign(this.#outage ?? { since: Date.now() }, { reason, catchingUp: false });
    for (const giveUp of this.#waiting) giveUp(new UnavailableError(`The database is away: ${reason}`));
    this.#waiting.clear();
    return isNews;
  }

  /** It answers again, but is not up to date. */
  catchUp(): void {
    if (this.#outage) this.#outage.catchingUp = true;
  }

  end(): void {
    this.#outage = undefined;
  }

  /**
   * Waits for work until the database goes away or the deadline passes; half a time-out into it `onSlow` is called,
   * so that a dead server is known to be dead when the time-out is over. The work itself goes on.
   */
  wait<T>(work: Promise<T>, { slow, deadline, onSlow }: Limits): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const end = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(giveUp);
      };
      const giveUp = (error: Error): void => {
        end();
        reject(error);
      };
      let timer = setTimeout(() => {
        onSlow(slow);
        timer = setTimeout(() => giveUp(new DeadlineError(`No answer within ${deadline} ms.`)), deadline - slow);
      }, slow);
      this.#waiting.add(giveUp);
      work.then((result) => {
        end();
        resolve(result);
      }, giveUp);
    });
  }
}
