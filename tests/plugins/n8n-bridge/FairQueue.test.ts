import { describe, expect, it } from 'vitest';
import { FairQueue } from '../../../src/plugins/n8n-bridge/FairQueue.ts';

/** Work that ends when it is told to, and the order in which it began. */
class Work {
  readonly began: string[] = [];
  readonly #ends: (() => void)[] = [];

  readonly start = (name: string) => (): Promise<void> => {
    this.began.push(name);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#ends.push(resolve);
    return promise;
  };

  /** Ends the oldest piece that runs, and lets the next one begin. */
  async endOne(): Promise<void> {
    this.#ends.shift()?.();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const never = new AbortController();

describe('the queue before the workflow', () => {
  it('lets somebody with one turn pass somebody with a hundred', async () => {
    const queue = new FairQueue({ maxRunning: 1, maxWaiting: 500 });
    const work = new Work();
    const all = Array.from({ length: 100 }, (_, n) => queue.run('many', never, work.start(`many ${n}`)));
    all.push(queue.run('one', never, work.start('one')));
    for (let turn = 0; turn < 101; turn += 1) await work.endOne();
    await Promise.all(all);
    expect(work.began.slice(0, 4)).toEqual(['many 0', 'many 1', 'one', 'many 2']);
    expect(work.began).toHaveLength(101);
    expect([queue.running, queue.waiting]).toEqual([0, 0]);
  });

  it('lets people in by turns, each person’s turns in their order', async () => {
    const queue = new FairQueue({ maxRunning: 1, maxWaiting: 500 });
    const work = new Work();
    const names = ['a1', 'a2', 'a3', 'b1', 'b2', 'c1', 'a4'];
    const all = names.map((name) => queue.run(name.slice(0, 1), never, work.start(name)));
    for (const _ of names) await work.endOne();
    await Promise.all(all);
    expect(work.began).toEqual(['a1', 'a2', 'b1', 'c1', 'a3', 'b2', 'a4']);
  });

  it('never runs more than it may, and goes on after work that failed', async () => {
    const queue = new FairQueue({ maxRunning: 3, maxWaiting: 500 });
    let most = 0;
    const all = Array.from({ length: 30 }, (_, n) =>
      queue.run(String(n % 4), never, async () => {
        most = Math.max(most, queue.running);
        await new Promise((resolve) => setImmediate(resolve));
        if (n % 2) throw new Error('failed');
      }),
    );
    const outcomes = await Promise.allSettled(all);
    expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(15);
    expect([most, queue.running, queue.waiting]).toEqual([3, 0, 0]);
  });

  it('refuses at once whoever comes when it is full', async () => {
    const queue = new FairQueue({ maxRunning: 1, maxWaiting: 1 });
    const work = new Work();
    const all = [queue.run('a', never, work.start('a')), queue.run('b', never, work.start('b'))];
    await expect(queue.run('c', never, work.start('c'))).rejects.toMatchObject({ fault: 'queue full' });
    await work.endOne();
    await work.endOne();
    await Promise.all(all);
    expect(work.began).toEqual(['a', 'b']);
  });

  it('lets go of whoever waited too long, and nobody else', async () => {
    const queue = new FairQueue({ maxRunning: 1, maxWaiting: 2 });
    const work = new Work();
    const impatient = new AbortController();
    const first = queue.run('a', never, work.start('a'));
    const gone = queue.run('b', impatient, work.start('gone'));
    const patient = queue.run('b', never, work.start('patient'));
    impatient.abort();
    await expect(gone).rejects.toMatchObject({ fault: 'queue timeout' });
    await expect(queue.run('b', impatient, work.start('late'))).rejects.toMatchObject({
      fault: 'queue timeout',
    });
    expect(queue.waiting).toBe(1);
    await work.endOne();
    await work.endOne();
    await Promise.all([first, patient]);
    expect(work.began).toEqual(['a', 'patient']);
    expect([queue.running, queue.waiting]).toEqual([0, 0]);
  });
});
