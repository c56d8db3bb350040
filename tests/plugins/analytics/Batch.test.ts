import { describe, expect, it } from 'vitest';
import { minutes } from '../../../src/core/time.ts';
import { Batch } from '../../../src/plugins/analytics/repositories/Batch.ts';

const refusal = Object.assign(new Error('invalid input syntax'), { code: '22P02' });
const outage = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
const outcomes = async (added: Promise<void>[]) =>
  (await Promise.allSettled(added)).map((result) => (result.status === 'fulfilled' ? 'written' : result.reason));

describe('a batch of rows', () => {
  /** Nothing is written by the clock but the first row after a quiet time: what a test awaits happens by itself. */
  function given(fails: (rows: readonly string[]) => Error | undefined = () => undefined, size = 200) {
    const writes: string[][] = [];
    const write = async (rows: readonly string[]) => {
      writes.push([...rows]);
      const error = fails(rows);
      if (error) throw error;
    };
    return { writes, batch: new Batch(write, { interval: minutes(10), size }) };
  }

  it('is written at once after a quiet time, with everything that came in the same moment', async () => {
    const { writes, batch } = given();
    await Promise.all(['a', 'b', 'c'].map((row) => batch.add(row)));
    expect(writes).toEqual([['a', 'b', 'c']]);
  });

  it('collects what comes soon after, until somebody wants to know of it', async () => {
    const { writes, batch } = given();
    await batch.add('first');
    const added = ['a', 'b', 'c'].map((row) => batch.add(row));
    await batch.settled();
    expect(await outcomes(added)).toEqual(['written', 'written', 'written']);
    expect(writes).toEqual([['first'], ['a', 'b', 'c']]);
    await batch.settled();
    expect(writes).toHaveLength(2);
  });

  it('is written when the interval is over', async () => {
    const writes: string[][] = [];
    const batch = new Batch(async (rows: readonly string[]) => writes.push([...rows]), { interval: 20, size: 200 });
    await batch.add('first');
    await Promise.all(['a', 'b'].map((row) => batch.add(row)));
    expect(writes).toEqual([['first'], ['a', 'b']]);
  });

  it('is written at once when it is full', async () => {
    const { writes, batch } = given(undefined, 3);
    await batch.add('first');
    await Promise.all(['a', 'b', 'c', 'd', 'e', 'f'].map((row) => batch.add(row)));
    expect(writes).toEqual([['first'], ['a', 'b', 'c'], ['d', 'e', 'f']]);
  });

  it('tells nobody that a row is written before it is', async () => {
    const written = Promise.withResolvers<void>();
    const batch = new Batch(() => written.promise, { interval: 0, size: 1 });
    let isDone = false;
    const added = batch.add('a').then(() => {
      isDone = true;
    });
    await new Promise(setImmediate);
    expect(isDone).toBe(false);
    written.resolve();
    await added;
  });

  it('lets a row that the database refuses fail alone', async () => {
    const { writes, batch } = given((rows) => (rows.includes('bad') ? refusal : undefined));
    const added = ['a', 'bad', 'b'].map((row) => batch.add(row));
    expect(await outcomes(added)).toEqual(['written', refusal, 'written']);
    expect(writes).toEqual([['a', 'bad', 'b'], ['a'], ['bad'], ['b']]);
  });

  it('asks a database that is away once, for everybody', async () => {
    const { writes, batch } = given(() => outage);
    expect(await outcomes(['a', 'b', 'c'].map((row) => batch.add(row)))).toEqual([outage, outage, outage]);
    expect(writes).toHaveLength(1);
    await batch.settled();
  });

  it('stops asking when the database goes away while rows go in one by one', async () => {
    const { writes, batch } = given((rows) => (rows.length > 1 ? refusal : rows[0] === 'a' ? undefined : outage));
    expect(await outcomes(['a', 'b', 'c', 'd'].map((row) => batch.add(row)))).toEqual([
      'written',
      outage,
      outage,
      outage,
    ]);
    expect(writes).toHaveLength(3);
  });
});
