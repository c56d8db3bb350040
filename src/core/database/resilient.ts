import { randomUUID } from 'node:crypto';
import { UnavailableError } from './Availability.ts';
import type { Mirror } from './Mirror.ts';
import type { WriteOptions } from './WriteOptions.ts';

/** One call of a repository's method, as the journal keeps it; plain data. */
export interface RepositoryCall {
  readonly method: string;
  readonly parameters: readonly unknown[];
}

/** What has to be known of a method that writes. */
interface WriteRule {
  /** At which position the method takes its WriteOptions. */
  readonly options: number;
  /** What the journal keeps of a call in an outage: by default the call itself; undefined when it changed nothing. */
  readonly kept?: (call: RepositoryCall, result: unknown) => RepositoryCall | undefined;
}

/** One contract twice, on the database and in memory, and how the two belong together. */
export interface Resilience<Repository extends object, Memory extends Repository & Mirror = Repository & Mirror> {
  /** Names the repository in the journal: it must stay the same over versions. */
  readonly name: string;
  readonly primary: Repository;
  readonly mirror: Memory;
  /** The methods that write, by name; all others read. Whom a call is about is its first parameter, a Discord id. */
  readonly writes: Readonly<Partial<Record<keyof Repository & string, WriteRule>>>;
  /** Which erasing takes its writes away, wherever they are: of what was said, or of everything; absent: none does. */
  readonly erasedWith?: 'conversations' | 'everything';
  /** What the mirror learns of an answer that the database gave, by method. */
  readonly learn?: Readonly<Record<string, (mirror: Memory, parameters: never, result: never) => void>>;
  /** Milliseconds that methods may take which take longer than a message may wait, by name. */
  readonly deadlines?: Readonly<Partial<Record<keyof Repository & string, number>>>;
}

/** The way to the database, as the facade sees it. */
export interface Route {
  /** Whether calls about this person (or about everyone) go to the database now. */
  isOpen(person: string | undefined): boolean;
  /** @throws UnavailableError when the database does not answer in time; else whatever the call throws. */
  attempt<T>(call: () => Promise<T>, deadline?: number): Promise<T>;
  /** Keeps a write durably until the database has it. */
  keep(repository: string, call: RepositoryCall, person: string | undefined): Promise<void>;
  now(): number;
}

type Method = (...parameters: unknown[]) => Promise<unknown>;

/**
 * One repository in front of two: the database while it answers, with the mirror beside it; else the mirror, with the
 * journal behind it. Every write gets a key and a time before it is tried anywhere, so that it counts once.
 */
export function resilient<Repository extends object, Memory extends Repository & Mirror>(
  { name, primary, mirror, writes, learn, deadlines }: Resilience<Repository, Memory>,
  route: Route,
): Repository {
  const on = (repository: Repository, { method, parameters }: RepositoryCall): Promise<unknown> =>
    Reflect.apply(Reflect.get(repository, method) as Method, repository, parameters);

  async function detour(call: RepositoryCall, rule: WriteRule | undefined, person: string | undefined) {
    const result = await on(mirror, call);
    const kept = rule && (rule.kept ? rule.kept(call, result) : call);
    if (kept) await route.keep(name, kept, person);
    return result;
  }

  function methodOf(method: string): Method {
    const rule = Reflect.get(writes, method) as WriteRule | undefined;
    const lesson = learn?.[method];
    const deadline = deadlines && (Reflect.get(deadlines, method) as number | undefined);
    return async (...given) => {
      const parameters = rule ? withOptions(given, rule, route.now()) : given;
      const call = { method, parameters };
      const person = typeof parameters[0] === 'string' ? parameters[0] : undefined;
      if (!route.isOpen(person)) return detour(call, rule, person);
      let result: unknown;
      try {
        result = await route.attempt(() => on(primary, call), deadline);
      } catch (error) {
        if (error instanceof UnavailableError) return detour(call, rule, person);
        throw error;
      }
      if (lesson) lesson(mirror, parameters as never, result as never);
      else if (rule) await on(mirror, call);
      return result;
    };
  }

  const methods = new Map<string, Method>();
  return new Proxy(primary, {
    get: (_target, property) => {
      // Above all `then`: what has one is taken for a promise.
      if (typeof property !== 'string' || typeof Reflect.get(primary, property) !== 'function') return undefined;
      const method = methods.get(property) ?? methodOf(property);
      methods.set(property, method);
      return method;
    },
  });
}

function withOptions(parameters: readonly unknown[], { options: position }: WriteRule, now: number): unknown[] {
  const { key = randomUUID(), at = new Date(now) } = (parameters[position] ?? {}) as WriteOptions;
  return parameters.toSpliced(position, parameters.length, { key, at });
}

/** Carries out on one of the two repositories what the journal kept of its writes: their moments are texts there. */
export function replayOn(
  repository: object,
  { name, writes }: Pick<Resilience<object>, 'name' | 'writes'>,
): (call: RepositoryCall) => Promise<unknown> {
  return ({ method, parameters }) => {
    const write = Reflect.get(repository, method) as Method | undefined;
    const rule = Reflect.get(writes, method) as WriteRule | undefined;
    if (!write || !rule) throw new TypeError(`The repository "${name}" has no write "${method}".`);
    const { key, at } = parameters[rule.options] as { key: string; at: string };
    return write.apply(repository, [...parameters.slice(0, rule.options), { key, at: new Date(at) }]);
  };
}
