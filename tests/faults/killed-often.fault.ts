import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { whole } from './audit.ts';
import { expectWhole } from './expectWhole.ts';
import { FaultBench } from './FaultBench.ts';
import { randomness } from './randomness.ts';

/** What the promise leaves open after a crash. */
const tolerance = { repeatedCalls: true };

it('survives 30 kills at any moment of a message', async () => {
  const random = randomness();
  await using bench = await FaultBench.start();
  const people = bench.people(4);
  // Whose first words nobody heard is not known to anyone.
  await bench.traffic({ perSecond: 20, forMs: 200, people });
  await bench.settled();
  for (let round = 0; round < 30; round += 1) {
    const called = round % 2 === 0 ? once(bench.workflow, 'call') : undefined;
    const traffic = bench.traffic({ perSecond: 40, forMs: 200, people });
    await (called ?? bench.sent(4 + round * 8 + 1));
    await delay(random() * (called ? 60 : 400));
    await bench.kill();
    await traffic;
    await bench.restart();
    await bench.settled();
  }
  expect(await bench.stop()).toEqual([0]);
  const { workflowCalls, ...sums } = whole(4 + 30 * 8);
  expectWhole(await bench.audit(tolerance), sums);
});

it('survives kills and restarts while PostgreSQL is away', async () => {
  const random = randomness();
  await using bench = await FaultBench.start();
  const people = bench.people(4);
  await bench.traffic({ perSecond: 20, forMs: 1_000, people });
  await bench.settled();
  for (let outage = 0; outage < 4; outage += 1) {
    await bench.killPostgres();
    for (let round = 0; round < 3; round += 1) {
      const traffic = bench.traffic({ perSecond: 40, forMs: 300, people });
      await delay(random() * 700);
      await bench.kill();
      await traffic;
      await bench.restart();
    }
    await bench.restartPostgres();
    await bench.settled();
  }
  expect(await bench.stop()).toEqual([0]);
  // What nobody heard is looked for when PostgreSQL is back; what met its end three times gets the apology.
  const { sent, messageStats, turns } = whole(20 + 4 * 3 * 12);
  expectWhole(await bench.audit({ ...tolerance, anyOrder: true, apologies: true }), { sent, messageStats, turns });
});

it('survives kills while it brings its journal in', async () => {
  const random = randomness();
  await using bench = await FaultBench.start();
  const people = bench.people(20);
  for (let outage = 0; outage < 8; outage += 1) {
    await bench.killPostgres();
    const { length: before } = bench.correspondence.sent;
    await bench.traffic({ perSecond: 60, forMs: 1_000, people });
    await bench.correspondence.answered(before + 60);
    const connected = once(bench.proxy, 'connection');
    await bench.restartPostgres();
    await connected;
    await delay(random() * 400);
    await bench.kill();
    await bench.restart();
    await bench.settled();
  }
  expect(await bench.stop()).toEqual([0]);
  const { workflowCalls, ...sums } = whole(8 * 60);
  expectWhole(await bench.audit(tolerance), sums);
});
