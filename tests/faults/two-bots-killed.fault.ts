import { expect, it } from 'vitest';
import { whole } from './audit.ts';
import { expectWhole } from './expectWhole.ts';
import { FaultBench } from './FaultBench.ts';

/** What the promise leaves open after a crash. */
const tolerance = { repeatedCalls: true, anyOrder: true };

it('answers everybody when one of two instances is killed under 20 messages a second and comes back', async () => {
  await using bench = await FaultBench.start({ bots: 2 });
  const traffic = bench.traffic({ perSecond: 20, forMs: 15_000, people: bench.people(20) });
  await bench.sent(150);
  await bench.kill(0);
  // 5 seconds of traffic.
  await bench.sent(250);
  await bench.restart(0);
  await traffic;
  await bench.settled();
  expect(await bench.stop()).toEqual([0, 0]);
  const { workflowCalls, outOfOrder, ...sums } = whole(300);
  expectWhole(await bench.audit(tolerance), sums);
});

it('takes the people of a killed instance over within 30 seconds', async () => {
  await using bench = await FaultBench.start({ bots: 2 });
  const traffic = bench.traffic({ perSecond: 20, forMs: 15_000, people: bench.people(20) });
  await bench.sent(150);
  await bench.kill(0);
  await traffic;
  await bench.settled();
  expect(bench.correspondence.longestWait).toBeLessThan(30_000);
  expect(await bench.stop()).toEqual([undefined, 0]);
  const { workflowCalls, outOfOrder, ...sums } = whole(300);
  expectWhole(await bench.audit(tolerance), sums);
});

it('goes on without a pause while two instances are restarted in turn', async () => {
  await using bench = await FaultBench.start({ bots: 2 });
  const traffic = bench.traffic({ perSecond: 20, forMs: 20_000, people: bench.people(20) });
  await bench.sent(100);
  for (const bot of [0, 1]) {
    expect(await bench.bots[bot]?.stop()).toBe(0);
    await bench.restart(bot);
  }
  await traffic;
  await bench.settled();
  // A lease that has to run out takes 15 seconds.
  expect(bench.correspondence.longestWait).toBeLessThan(10_000);
  expect(await bench.stop()).toEqual([0, 0]);
  expectWhole(await bench.audit(), whole(400));
});
