import { describe, expect, it } from 'vitest';
import { Bundles } from '../../../src/core/database/Bundles.ts';
import type { SqlFunction } from '../../../src/core/database/SqlFunction.ts';

const double: SqlFunction = { name: 'double', parameters: ['text'] };
const nothing: SqlFunction = { name: 'nothing', parameters: ['text'] };

const refusal = Object.assign(new Error('invalid input syntax'), { code: '22P02' });
const outage = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });

type Record = { n: number; p0: string };

/** Bundles on a server that knows two functions, and notes what each statement asks of it: `name(value)`. */
function given(
  fails: (asked: readonly string[]) => Error | undefined = () => undefined,
  until = (): Promise<void> => Promise.resolve(),
) {
  const statements: string[][] = [];
  const bundles = new Bundles(async (sql, values) => {
    const names = [...sql.matchAll(/FROM (\w+)\(calls/g)].map(([, name]) => name);
    const groups = values.map((json) => JSON.parse(json) as Record[]);
    const asked = groups.flatMap((group, at) => group.map(({ p0 }) => `${names[at]}(${p0})`));
    statements.push(asked);
    await until();
    const error = fails(asked);
    if (error) throw error;
    return groups.flatMap((group, at) =>
      // Whatever the order is in which the rows come.
      group.toReversed().map(({ n, p0 }) => ({
        function: at,
        call: n,
        rows: names[at] === 'double' ? [{ is: p0 + p0 }] : null,
      })),
    );
  });
  const call = (value: string, fn = double) => bundles.call(fn, [value], value);
  return { statements, bundles, call };
}

const outcomes = async (calls: Promise<unknown>[]) =>
  (await Promise.allSettled(calls)).map((result) => (result.status === 'fulfilled' ? result.value : result.reason));

describe('calls of the schema’s functions', () => {
  it('go in one statement where they come in one moment, and each gets its own rows', async () => {
    const { statements, call } = given();
    const calls = [call('b'), call('a', nothing), call('a'), call('c')];
    expect(await outcomes(calls)).toEqual([[{ is: 'bb' }], [], [{ is: 'aa' }], [{ is: 'cc' }]]);
    // By function, then by person: as every instance does, so that nobody waits in a circle.
    expect(statements).toEqual([['double(a)', 'double(b)', 'double(c)', 'nothing(a)']]);
  });

  it('keep a person’s order', async () => {
    const { statements, bundles } = given();
    await Promise.all([bundles.call(double, ['second'], 'ada'), bundles.call(double, ['first'], 'ada')]);
    expect(statements).toEqual([['double(second)', 'double(first)']]);
  });

  it('that come while others are under way wait and go together', async () => {
    const arrived = Promise.withResolvers<void>();
    const { statements, call } = given(
      () => undefined,
      () => arrived.promise,
    );
    const first = call('a');
    await new Promise(setImmediate);
    const rest = [call('b')];
    await new Promise(setImmediate);
    rest.push(call('c'));
    expect(statements).toEqual([['double(a)']]);
    arrived.resolve();
    await Promise.all([first, ...rest]);
    expect(statements).toEqual([['double(a)'], ['double(b)', 'double(c)']]);
  });

  it('do not wait for ever for others that are stuck', async () => {
    const stuck = Promise.withResolvers<void>();
    const { statements, call } = given(
      () => undefined,
      () => (statements.length === 1 ? stuck.promise : Promise.resolve()),
    );
    const first = call('a');
    await new Promise(setImmediate);
    expect(await call('b')).toEqual([{ is: 'bb' }]);
    stuck.resolve();
    expect(await first).toEqual([{ is: 'aa' }]);
  });

  it('go in several statements where they are many or large', async () => {
    const { statements, call } = given();
    await Promise.all(Array.from({ length: 250 }, (_, n) => call(String(n))));
    expect(statements.map((asked) => asked.length)).toEqual([100, 100, 50]);
    const large = 'x'.repeat(600_000);
    await Promise.all([call(`${large}a`), call(`${large}b`), call('c')]);
    expect(statements.slice(3).map((asked) => asked.length)).toEqual([1, 2]);
  });

  it('that the database refuses fail alone', async () => {
    const { statements, call } = given((asked) => (asked.includes('double(bad)') ? refusal : undefined));
    expect(await outcomes(['a', 'bad', 'c'].map((value) => call(value)))).toEqual([
      [{ is: 'aa' }],
      refusal,
      [{ is: 'cc' }],
    ]);
    expect(statements).toEqual([
      ['double(a)', 'double(bad)', 'double(c)'],
      ['double(a)'],
      ['double(bad)'],
      ['double(c)'],
    ]);
  });

  it('ask a database that is away once, for everybody', async () => {
    const { statements, call } = given(() => outage);
    expect(await outcomes(['a', 'b', 'c'].map((value) => call(value)))).toEqual([outage, outage, outage]);
    expect(statements).toHaveLength(1);
  });

  it('of one person are made in their order where they are made apart', async () => {
    const { statements, bundles, call } = given((asked) => (asked.length > 1 ? refusal : undefined));
    await Promise.all([bundles.call(double, ['second'], 'ada'), bundles.call(double, ['first'], 'ada'), call('b')]);
    const ofAda = statements
      .slice(1)
      .flat()
      .filter((asked) => asked !== 'double(b)');
    expect(ofAda).toEqual(['double(second)', 'double(first)']);
    expect(statements).toHaveLength(4);
  });
});
