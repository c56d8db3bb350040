import { isRefusal } from './isOutage.ts';
import type { SqlFunction } from './SqlFunction.ts';

/** One call of a function, and who waits for it. */
interface Call {
  readonly fn: SqlFunction;
  readonly values: readonly unknown[];
  readonly person: string;
  resolve(rows: unknown[]): void;
  reject(error: unknown): void;
}

/** What came back for a call: of which function, which of its calls, and its rows; null where there are none. */
interface BundleRow {
  readonly function: number;
  readonly call: number;
  readonly rows: unknown[] | null;
}

/** Runs a statement, of which there are few: it may be prepared. */
type Run = (sql: string, values: readonly string[]) => Promise<unknown[]>;

/** Calls of one bundle, and characters of their texts. */
const largest = { calls: 100, text: 1_000_000 };

/**
 * Of several calls none waits longer than this for a row that somebody holds, or all would: those who do are made apart.
 * https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-LOCK-TIMEOUT
 */
const giveWay = "SELECT -1 AS function, 0 AS call, NULL::json AS rows FROM set_config('lock_timeout', '100ms', true)";
const lockNotAvailable = '55P03';

/** Milliseconds after which the next bundle does not wait any longer for one that is under way: a row in it may be locked. */
const patience = 20;

/**
 * Calls the schema's functions, many in one statement: what comes in the same moment, or while another bundle is under
 * way, goes together. All of a bundle takes effect or, when it fails, nothing; where that is for the sake of one call, they
 * are made once more, each alone.
 */
export class Bundles {
  readonly #query: Run;
  /** By the functions that are called. */
  readonly #statements = new Map<string, string>();
  #waiting: Call[] = [];
  /** How many are under way that the next one waits for. */
  #awaited = 0;
  #isPlanned = false;

  constructor(query: Run) {
    this.#query = query;
  }

  /** The rows that one call returns. Calls about different persons, too, lock their rows in the persons' order. */
  call(fn: SqlFunction, values: readonly unknown[], person: string): Promise<unknown[]> {
    const { promise, resolve, reject } = Promise.withResolvers<unknown[]>();
    this.#waiting.push({ fn, values, person, resolve, reject });
    this.#plan();
    return promise;
  }

  // At the end of the moment: calls that are made side by side find each other.
  #plan(): void {
    if (this.#isPlanned || this.#awaited > 0 || this.#waiting.length === 0) return;
    this.#isPlanned = true;
    setImmediate(() => {
      this.#isPlanned = false;
      if (this.#waiting.length > 0) this.#send();
    });
  }

  #send(): void {
    const calls = this.#take();
    this.#awaited += 1;
    let isAwaited = true;
    const goOn = (): void => {
      clearTimeout(timer);
      if (!isAwaited) return;
      isAwaited = false;
      this.#awaited -= 1;
      this.#plan();
    };
    const timer = setTimeout(goOn, patience);
    void this.#run(calls).finally(goOn);
  }

  #take(): Call[] {
    let text = 0;
    let count = 0;
    for (const { values } of this.#waiting) {
      text += lengthOf(values);
      if (count > 0 && (count === largest.calls || text > largest.text)) break;
      count += 1;
    }
    return this.#waiting.splice(0, count);
  }

  async #run(calls: readonly Call[]): Promise<void> {
    try {
      await this.#together(calls);
    } catch (error) {
      if (calls.length > 1 && isOfOneCall(error)) return this.#apart(calls);
      for (const { reject } of calls) reject(error);
    }
  }

  // Nobody waits for anybody else's row, and each person's calls keep their order.
  async #apart(calls: readonly Call[]): Promise<void> {
    const ofEach = Map.groupBy(calls, ({ person }) => person);
    const oneByOne = async (ofOne: readonly Call[]): Promise<void> => {
      for (const call of ofOne) await this.#run([call]);
    };
    await Promise.all([...ofEach.values()].map(oneByOne));
  }

  async #together(calls: readonly Call[]): Promise<void> {
    const groups = inOrder(calls);
    const answers = (await this.#query(
      this.#statement(
        groups.map(([{ fn }]) => fn),
        calls.length > 1,
      ),
      groups.map((group) => JSON.stringify(group.map(toRecord))),
    )) as BundleRow[];
    for (const { function: group, call, rows } of answers) groups[group]?.[call]?.resolve(rows ?? []);
  }

  #statement(functions: readonly SqlFunction[], isShared: boolean): string {
    const key = `${isShared} ${functions.map(({ name }) => name).join()}`;
    const known =
      this.#statements.get(key) ?? [...(isShared ? [giveWay] : []), ...functions.map(select)].join(' UNION ALL ');
    this.#statements.set(key, known);
    return known;
  }
}

/** By function, and within a function by person, so that two bundles seldom wait for each other in a circle. */
function inOrder(calls: readonly Call[]): [Call, ...Call[]][] {
  const groups: [Call, ...Call[]][] = [];
  for (const call of calls.toSorted((a, b) => compare(a.fn.name, b.fn.name) || compare(a.person, b.person))) {
    const group = groups.at(-1);
    if (group?.[0].fn.name === call.fn.name) group.push(call);
    else groups.push([call]);
  }
  return groups;
}

/** Whether all failed for the sake of one: its data, its statement, or a row that somebody holds. */
const isOfOneCall = (error: unknown): boolean =>
  isRefusal(error) !== undefined || (error as { code?: unknown }).code === lockNotAvailable;

const compare = (a: string, b: string): number => Number(a > b) - Number(a < b);

function lengthOf(values: readonly unknown[]): number {
  let length = 0;
  // An iterator would make an object for each value.
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index];
    if (typeof value === 'string') length += value.length;
  }
  return length;
}

/** Names of a function's parameters in a record; PostgreSQL knows no functions with more. */
const names = Array.from({ length: 100 }, (_, index) => `p${index}`);

function toRecord({ values }: Call, n: number): Record<string, unknown> {
  const record: Record<string, unknown> = { n };
  for (let index = 0; index < values.length; index += 1) record[names[index] as string] = values[index];
  return record;
}

function select({ name, parameters }: SqlFunction, index: number): string {
  const columns = parameters.map((type, at) => `p${at} ${type}`).join(', ');
  const values = parameters.map((_type, at) => `calls.p${at}`).join(', ');
  return `SELECT ${index} AS function, calls.n AS call, (SELECT json_agg(result) FROM ${name}(${values}) AS result) AS rows
    FROM json_to_recordset($${index + 1}::json) AS calls (n integer, ${columns})`;
}
