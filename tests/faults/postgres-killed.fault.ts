import { expect, it } from 'vitest';
import { whole } from './audit.ts';
import { expectWhole } from './expectWhole.ts';
import { FaultBench } from './FaultBench.ts';

it('loses and doubles nothing when PostgreSQL is killed for 20 s under 20 messages a second', async () => {
  await using bench = await FaultBench.start();
  const traffic = bench.traffic({ perSecond: 20, forMs: 35_000, people: bench.people(20) });
  await bench.sent(100);
  await bench.killPostgres();
  // 20 seconds of traffic.
  await bench.sent(500);
  await bench.restartPostgres();
  await traffic;
  await bench.settled();
  expect(await bench.stop()).toEqual([0]);
  expectWhole(await bench.audit(), whole(700));
});
