import { withDeadline } from '../withDeadline.ts';
import { isOutage } from './isOutage.ts';

/** What the facade has to know of the database. */
export interface Availability {
  /** The outage that lasts now; undefined while the database is connected. */
  outage(): object | undefined;
  onOutage(error: unknown): void;
  /** Is told of every call of the database while it runs. */
  onCall(call: Promise<unknown>): void;
  /** Milliseconds that a call may take; undefined: as long as it takes. */
  deadline: number | undefined;
}

type Method = (...parameters: unknown[]) => Promise<unknown>;

/** Transactions that lost a race (serialization failure, deadlock) are worth another attempt. */
const lostRace = /^(40001|40P01)$/;
const attempts = 3;

/** One contract twice: on the database, and in memory, made anew for each outage so that nothing old comes back. */
export interface Implementations<Repository> {
  readonly primary: Repository;
  readonly fallback: () => Repository;
}

/** One repository in front of two: the primary while the database answers, else the fallback. */
export function resilient<Repository extends object>(
  { primary, fallback }: Implementations<Repository>,
  availability: Availability,
): Repository {
  const fallbacks = new WeakMap<object, Repository>();
  const ofThisOutage = (): Repository => {
    const outage = availability.outage();
    // The database came back while this call was failing.
    if (outage === undefined) return primary;
    const repository = fallbacks.get(outage) ?? fallback();
    fallbacks.set(outage, repository);
    return repository;
  };
  return new Proxy(primary, {
    get: (_target, name) => {
      // Above all `then`: what has one is taken for a promise.
      if (typeof Reflect.get(primary, name) !== 'function') return undefined;
      const call = (repository: Repository, parameters: unknown[]): Promise<unknown> =>
        (Reflect.get(repository, name) as Method).apply(repository, parameters);
      return async (...parameters: unknown[]) => {
        if (availability.outage() !== undefined) return call(ofThisOutage(), parameters);
        try {
          return await tryPrimary(() => {
            const running = call(primary, parameters);
            availability.onCall(running);
            return withDeadline(running, availability.deadline);
          });
        } catch (error) {
          if (!isOutage(error)) throw error;
          availability.onOutage(error);
          return call(ofThisOutage(), parameters);
        }
      };
    },
  });
}

async function tryPrimary(call: () => Promise<unknown>): Promise<unknown> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await call();
    } catch (error) {
      const { code } = error as { code?: unknown };
      if (attempt === attempts || typeof code !== 'string' || !lostRace.test(code)) throw error;
    }
  }
}
