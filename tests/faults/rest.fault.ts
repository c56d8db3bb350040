import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { whole } from './audit.ts';
import { expectWhole } from './expectWhole.ts';
import { FaultBench } from './FaultBench.ts';

/** Where an answer is sent to. */
const posting = { method: 'POST', path: /\/messages$/ };

it('says nothing twice when Discord takes answers and does not get to say so', async () => {
  await using bench = await FaultBench.start();
  bench.discord.faults.loseAnswers({ ...posting, times: 60 });
  await bench.traffic({ perSecond: 20, forMs: 5_000, people: bench.people(20) });
  await bench.settled();
  expect(await bench.stop()).toEqual([0]);
  expectWhole(await bench.audit(), whole(100));
});

it('delivers everything when Discord fails for 5 s', async () => {
  await using bench = await FaultBench.start();
  const traffic = bench.traffic({ perSecond: 20, forMs: 8_000, people: bench.people(20) });
  await bench.sent(20);
  bench.discord.faults.failNext({ status: 502, times: Number.POSITIVE_INFINITY });
  await bench.sent(120);
  bench.discord.faults.reset();
  await traffic;
  await bench.settled();
  expect(await bench.stop()).toEqual([0]);
  expectWhole(await bench.audit(), whole(160));
});

it('delivers everything when it is killed while Discord fails', async () => {
  await using bench = await FaultBench.start();
  const people = bench.people(20);
  const traffic = bench.traffic({ perSecond: 20, forMs: 10_000, people });
  await bench.sent(20);
  bench.discord.faults.failNext({ ...posting, status: 502, times: Number.POSITIVE_INFINITY });
  await bench.sent(80);
  await bench.kill();
  await bench.restart();
  bench.discord.faults.reset();
  await traffic;
  await bench.settled();
  expect(await bench.stop()).toEqual([0]);
  const { workflowCalls, outOfOrder, ...sums } = whole(200);
  expectWhole(await bench.audit({ repeatedCalls: true, anyOrder: true }), sums);
});

it('says nothing twice when it is killed before it hears that Discord took its answers', async () => {
  await using bench = await FaultBench.start();
  const people = bench.people(20);
  for (let round = 1; round <= 4; round += 1) {
    bench.discord.faults.loseAnswers({ ...posting, times: 1_000 });
    await bench.traffic({ perSecond: 20, forMs: 1_000, people });
    await bench.correspondence.answered(20 * round - 5);
    await delay(100);
    await bench.kill();
    bench.discord.faults.reset();
    await bench.restart();
    await bench.settled();
  }
  expect(await bench.stop()).toEqual([0]);
  const { workflowCalls, ...sums } = whole(80);
  expectWhole(await bench.audit({ repeatedCalls: true }), sums);
});

it.each([
  ['fails', false],
  ['takes its time', false],
  ['fails', true],
] as const)(
  'delivers what the workflow answered before a kill while Discord %s (outage: %s), without asking it again',
  async (what, outage) => {
    await using bench = await FaultBench.start();
    const { faults } = bench.discord;
    const people = bench.people(10);
    if (outage) await bench.killPostgres();
    if (what === 'fails') faults.failNext({ ...posting, status: 502, times: Number.POSITIVE_INFINITY });
    else faults.delayRest(4_000);
    await bench.traffic({ perSecond: 50, forMs: 200, people });
    // What is under way inside another process has no event to wait for.
    await expect.poll(async () => (await bench.bots[0]?.health())?.journal?.answers, { timeout: 20_000 }).toBe(10);
    await bench.kill();
    faults.reset();
    await bench.restart();
    if (outage) await bench.restartPostgres();
    await bench.settled();
    expect(await bench.stop()).toEqual([0]);
    expectWhole(await bench.audit(), whole(10));
  },
);
