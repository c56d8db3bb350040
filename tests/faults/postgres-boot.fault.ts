import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { whole } from './audit.ts';
import { expectWhole } from './expectWhole.ts';
import { FaultBench } from './FaultBench.ts';
import { randomness } from './randomness.ts';

it('takes messages from a start without PostgreSQL on, and brings them in when it appears', async () => {
  await using bench = await FaultBench.start({ before: ({ proxy }) => proxy.refuse() });
  await bench.traffic({ perSecond: 20, forMs: 4_000, people: bench.people(20) });
  await bench.proxy.heal();
  await bench.settled();
  expect(await bench.stop()).toEqual([0]);
  expectWhole(await bench.audit(), whole(80));
});

it('makes the schema in the end when PostgreSQL dies during the migration of a fresh start', async () => {
  const random = randomness();
  await using bench = await FaultBench.start({
    before: async ({ postgres, proxy }) => {
      void (async () => {
        // Somewhere in the 44 KB of statements.
        const moment = 2_000 + random() * 40_000;
        while (proxy.bytes.toServer < moment) await delay(1);
        await postgres.kill();
        await proxy.refuse();
      })();
    },
  });
  const people = bench.people(20);
  await bench.traffic({ perSecond: 20, forMs: 2_000, people });
  await bench.restartPostgres();
  await bench.traffic({ perSecond: 20, forMs: 2_000, people });
  await bench.settled();
  expect(await bench.stop()).toEqual([0]);
  expectWhole(await bench.audit(), whole(80));
});

it('brings everything in when PostgreSQL dies again as soon as it is back', async () => {
  const random = randomness();
  await using bench = await FaultBench.start();
  const people = bench.people(20);
  const traffic = bench.traffic({ perSecond: 20, forMs: 30_000, people });
  await bench.sent(60);
  await bench.killPostgres();
  for (let death = 1; death <= 4; death += 1) {
    await bench.sent(60 + 100 * death);
    const connected = once(bench.proxy, 'connection');
    await bench.restartPostgres();
    await connected;
    await delay(random() * 300);
    await bench.killPostgres();
  }
  await bench.restartPostgres();
  await traffic;
  await bench.settled();
  expect(await bench.stop()).toEqual([0]);
  expectWhole(await bench.audit(), whole(600));
});
