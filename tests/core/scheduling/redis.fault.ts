import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { container } from '@sapphire/framework';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { RedisEngine } from '../../../src/core/scheduling/RedisEngine.ts';
import { systemClock } from '../../../src/core/time.ts';
import { hasRedis, RedisServer } from '../../support/redis.ts';
import { engineContract, givenBench } from './contract.ts';

const answers = 'Redis answers; scheduled tasks run.';
const lost = 'Redis is lost; scheduled tasks wait until it is back.';
const unusable = 'Redis cannot be used; scheduled tasks wait until it answers.';

/** Stands in for a Redis that is away until so many connections were tried, each of which it resets. */
async function refuse(port: number, times: number): Promise<void> {
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  for (let n = 0; n < times; n += 1) {
    const [socket] = (await once(server, 'connection')) as [Socket];
    socket.resetAndDestroy();
  }
  server.close();
  await once(server, 'close');
}

describe.skipIf(!hasRedis())('tasks on Redis', { timeout: 60_000 }, () => {
  const bench = givenBench();
  let redis: RedisServer;
  const make = ({ soon = 0, queue = 'test', url = redis.url, check = 200 } = {}) =>
    new RedisEngine({ client: bench.client, log: bench.log, clock: systemClock, url, queue, soon, check });
  const messages = () => bench.lines.map(({ msg }) => msg);
  beforeAll(async () => {
    redis = await RedisServer.start();
  });
  beforeEach(async () => {
    await redis.restartEmpty();
  });
  afterAll(() => redis?.[Symbol.asyncDispose]());

  engineContract(bench, make);

  it('wait for a Redis that is not there at the start, tell it once, and run when it is', async () => {
    await redis.stop();
    await bench.add('often', { interval: 200 });
    const scheduler = bench.start(make());
    expect(scheduler.state).toEqual({ engine: 'redis', state: 'waiting for redis' });
    await bench.said(unusable);
    expect(scheduler.state).toMatchObject({ state: 'waiting for redis', reason: 'ECONNREFUSED' });
    await refuse(redis.port, 4);
    const ran = bench.ran('often', 3);
    await redis.restart();
    await ran;
    // Of several connections, the one that tells may be the last to be back.
    await expect.poll(() => scheduler.state, { timeout: 20_000 }).toMatchObject({ engine: 'redis', state: 'running' });
    expect(messages()).toEqual([unusable, answers]);
  });

  it.each([
    ['was killed', () => redis.kill(), () => redis.restart()],
    ['was stopped', () => redis.stop(), () => redis.restart()],
    ['lost everything in a restart', () => redis.stop(), () => redis.restartEmpty()],
  ])(
    'go on by themselves after Redis %s, with a line in the log for each change',
    async (_what, interrupt, restart) => {
      await bench.add('often', { interval: 200 });
      const scheduler = bench.start(make({ check: 3_600_000 }));
      await bench.ran('often', 2);
      await interrupt();
      await bench.said(lost);
      // Three connections, each of which tries more than once.
      await refuse(redis.port, 7);
      const ran = bench.ran('often', 3);
      await restart();
      await ran;
      await expect.poll(() => scheduler.state, { timeout: 20_000 }).toMatchObject({ state: 'running' });
      expect(messages()).toEqual([answers, lost, answers]);
    },
  );

  it('go on by themselves after everything in Redis was flushed, in the middle of a run too', async () => {
    await bench.add('often', { interval: 200 }, (n) => (n === 3 ? redis.flush() : undefined));
    bench.start(make());
    await bench.ran('often', 2);
    await redis.flush();
    await bench.ran('often', 6);
  });

  it('are taken out of Redis when they changed or are no more', async () => {
    await bench.add('gone', { interval: 100 });
    await bench.add('changed', { interval: 100 });
    const before = bench.start(make());
    await bench.ran('gone', 1);
    await before.stop();
    const store = container.stores.get('scheduled-tasks');
    for (const name of ['gone', 'changed']) await store.unload(name);
    await bench.add('changed', { interval: 86_400_000 });
    await bench.add('often', { interval: 200 });
    let changed = 0;
    bench.runs.on('run', (name) => {
      if (name === 'changed') changed += 1;
    });
    bench.start(make());
    await bench.ran('often', 2);
    expect(await redis.command('ZCARD bull:test:repeat')).toBe(':2');
    const soFar = changed;
    await bench.ran('often', 4);
    expect(changed).toBe(soFar);
  });

  it('are taken out of Redis, and put there again, while it runs; at the stop they stay', async () => {
    const store = container.stores.get('scheduled-tasks');
    const inRedis = () => redis.command('ZCARD bull:test:repeat');
    await bench.add('gone', { interval: 86_400_000 });
    await bench.add('often', { interval: 200 });
    const scheduler = bench.start(make());
    await bench.ran('often', 2);
    expect(await inRedis()).toBe(':2');
    for (const _again of [1, 2]) {
      await store.unload('gone');
      await scheduler.follow();
      await expect.poll(inRedis, { timeout: 20_000 }).toBe(':1');
      // Longer than it takes to look whether one is missing.
      await bench.ran('often', 3);
      expect(await inRedis()).toBe(':1');
      await bench.add('gone', { interval: 86_400_000 });
      await scheduler.follow();
      await expect.poll(inRedis, { timeout: 20_000 }).toBe(':2');
    }
    await scheduler.stop();
    await store.unload('gone');
    await scheduler.follow();
    expect(await inRedis()).toBe(':2');
  });

  it('are taken out of Redis when it is back, if it was away when they went', async () => {
    await bench.add('gone', { interval: 86_400_000 });
    await bench.add('often', { interval: 200 });
    const scheduler = bench.start(make());
    await bench.ran('often', 2);
    await redis.stop();
    await bench.said(lost);
    await container.stores.get('scheduled-tasks').unload('gone');
    await scheduler.follow();
    await redis.restart();
    await expect.poll(() => redis.command('ZCARD bull:test:repeat').catch(String), { timeout: 20_000 }).toBe(':1');
  });

  it('of another bot on the same Redis are left alone', async () => {
    await bench.add('often', { interval: 200 });
    bench.start(make({ queue: 'other' }));
    await bench.ran('often', 1);
    bench.start(make());
    await bench.ran('often', 3);
    expect(await redis.command('ZCARD bull:other:repeat')).toBe(':1');
  });

  it('leave no more behind than the newest thousand runs', async () => {
    await bench.add('often', { interval: 100 });
    bench.start(make());
    await bench.ran('often', 2);
    for (const rule of ['removeOnComplete', 'removeOnFail']) {
      const script = `local k = redis.call('keys', 'bull:test:repeat:*:*')[1] return cjson.decode(redis.call('hget', k, 'opts')).${rule}.count`;
      expect(await redis.command(`EVAL "${script}" 0`)).toBe(':1000');
    }
  });

  it.each([
    ['before it ever answered', async () => redis.stop()],
    ['when it is gone', async () => redis.kill()],
    ['when it does not say anything any more', async () => redis.pause()],
  ])('stop in time %s', async (when, interrupt) => {
    await bench.add('often', { interval: 100 });
    if (when.startsWith('before')) await interrupt();
    const scheduler = bench.start(make());
    if (when.startsWith('before')) {
      await bench.said(unusable);
    } else {
      await bench.ran('often', 2);
      await interrupt();
    }
    await scheduler.stop();
    const said = bench.lines.length;
    await redis.restart();
    expect(bench.lines).toHaveLength(said);
  });

  it('tell that the password is wrong, and tell no password', async () => {
    await bench.add('often', { interval: 100 });
    const scheduler = bench.start(make({ url: redis.url.replace(redis.password, 'hunter2') }));
    await bench.said(unusable);
    expect(scheduler.state.reason).toMatch(/WRONGPASS/);
    expect(JSON.stringify([bench.lines, scheduler.state])).not.toContain('hunter2');
    expect(messages()).toEqual([unusable]);
  });
});
