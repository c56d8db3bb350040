import { expect, it } from 'vitest';
import { whole } from './audit.ts';
import { expectWhole } from './expectWhole.ts';
import { FaultBench } from './FaultBench.ts';

it('answers and records 200 messages of 20 people once each, in order, with two instances and no fault', async () => {
  await using bench = await FaultBench.start({ bots: 2 });
  await bench.traffic({ perSecond: 20, forMs: 10_000, people: bench.people(20) });
  await bench.settled();
  expect(await bench.stop()).toEqual([0, 0]);
  expectWhole(await bench.audit(), whole(200));
});

it('goes on where it was after a kill that met it with nothing in hand', async () => {
  await using bench = await FaultBench.start();
  const people = bench.people(5);
  await bench.traffic({ perSecond: 20, forMs: 2_000, people });
  await bench.settled();
  await bench.kill(0);
  await bench.restart(0);
  await bench.traffic({ perSecond: 20, forMs: 2_000, people });
  await bench.settled();
  expect(await bench.stop()).toEqual([0]);
  expectWhole(await bench.audit(), whole(80));
});
