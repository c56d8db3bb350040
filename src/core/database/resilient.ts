import { isOutage } from './isOutage.ts';
import { withDeadline } from './withDeadline.ts';

/** What the facade has to know of the database. */
export interface Availability {
  isConnected(): boolean;
  onOutage(error: unknown): void;
  /** Milliseconds that a call may take; undefined: as long as it takes. */
  deadline: number | undefined;
}

type Method = (...parameters: unknown[]) => Promise<unknown>;

/** Transactions that lost a race (serialization failure, deadlock) are worth another attempt. */
const lostRace = /^(40001|40P01)$/;
const attempts = 3;

/** One repository in front of two: `primary` while the database answers, else `fallback`. */
export function resilient<Repository extends object>(
  { primary, fallback }: { primary: Repository; fallback: Repository },
  availability: Availability,
): Repository {
  return new Proxy(primary, {
    get: (_target, name) => {
      // Above all `then`: what has one is taken for a promise.
      if (typeof Reflect.get(primary, name) !== 'function') return undefined;
      const call = (repository: Repository, parameters: unknown[]): Promise<unknown> =>
        (Reflect.get(repository, name) as Method).apply(repository, parameters);
      return async (...parameters: unknown[]) => {
        if (!availability.isConnected()) return call(fallback, parameters);
        try {
          return await tryPrimary(() => withDeadline(call(primary, parameters), availability.deadline));
        } catch (error) {
          if (!isOutage(error)) throw error;
          availability.onOutage(error);
          return call(fallback, parameters);
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
