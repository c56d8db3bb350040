import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { whole } from './audit.ts';
import { expectWhole } from './expectWhole.ts';
import { FaultBench } from './FaultBench.ts';
import { randomness } from './randomness.ts';

it('loses and doubles nothing when the network swallows everything for 7 s', async () => {
  await using bench = await FaultBench.start();
  const traffic = bench.traffic({ perSecond: 20, forMs: 12_000, people: bench.people(20) });
  await bench.sent(50);
  bench.proxy.blackHole();
  await bench.sent(190);
  await bench.proxy.heal();
  await traffic;
  await bench.settled();
  expect(await bench.stop()).toEqual([0]);
  expectWhole(await bench.audit(), whole(240));
});

it('loses and doubles nothing when answers of PostgreSQL are swallowed: writes that count and are not known to', async () => {
  await using bench = await FaultBench.start();
  const traffic = bench.traffic({ perSecond: 20, forMs: 12_000, people: bench.people(20) });
  for (const from of [30, 90, 150]) {
    await bench.sent(from);
    bench.proxy.blackHole('toClient');
    await bench.sent(from + 30);
    await bench.proxy.heal();
  }
  await traffic;
  await bench.settled();
  expect(await bench.stop()).toEqual([0]);
  expectWhole(await bench.audit(), whole(240));
});

it('loses and doubles nothing when PostgreSQL stands still for 7 s', async () => {
  await using bench = await FaultBench.start();
  const traffic = bench.traffic({ perSecond: 20, forMs: 12_000, people: bench.people(20) });
  await bench.sent(50);
  await bench.postgres.pause();
  await bench.sent(190);
  await bench.postgres.resume();
  await traffic;
  await bench.settled();
  expect(await bench.stop()).toEqual([0]);
  expectWhole(await bench.audit(), whole(240));
});

it('loses and doubles nothing when connections are reset every 200 ms for 5 s', async () => {
  await using bench = await FaultBench.start();
  const traffic = bench.traffic({ perSecond: 20, forMs: 8_000, people: bench.people(20) });
  for (let reset = 0; reset < 25; reset += 1) {
    await bench.sent(20 + 4 * reset);
    bench.proxy.reset();
  }
  await traffic;
  await bench.settled();
  expect(await bench.stop()).toEqual([0]);
  expectWhole(await bench.audit(), whole(160));
});

it('loses and doubles nothing when connections are cut in the middle of whatever they carry', async () => {
  const random = randomness();
  await using bench = await FaultBench.start();
  const traffic = bench.traffic({ perSecond: 20, forMs: 10_000, people: bench.people(20) });
  for (let cut = 0; cut < 40; cut += 1) {
    await bench.sent(20 + 4 * cut);
    bench.proxy.cutOnceAfter(Math.ceil(random() * 1_500), cut % 2 === 0 ? 'toServer' : 'toClient');
  }
  await bench.proxy.heal();
  await traffic;
  await bench.settled();
  expect(await bench.stop()).toEqual([0]);
  expectWhole(await bench.audit(), whole(200));
});

it('brings a journal in over a network that cuts every connection after a while', async () => {
  await using bench = await FaultBench.start();
  const people = bench.people(20);
  await bench.killPostgres();
  await bench.traffic({ perSecond: 40, forMs: 5_000, people });
  await bench.correspondence.answered(200);
  await bench.restartPostgres();
  bench.proxy.cutAfter(60_000);
  await delay(5_000);
  await bench.proxy.heal();
  await bench.settled();
  expect(await bench.stop()).toEqual([0]);
  expectWhole(await bench.audit(), whole(200));
});
