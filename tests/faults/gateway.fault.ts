import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { timeOfSnowflake } from '../../src/simulator/Snowflakes.ts';
import { whole } from './audit.ts';
import { expectWhole } from './expectWhole.ts';
import { FaultBench } from './FaultBench.ts';

it.each([1, 2])(
  'answers once each what comes twice and over connections that break, with %i instance(s)',
  async (bots) => {
    await using bench = await FaultBench.start({ bots });
    const { discord } = bench;
    discord.faults.duplicateNextEvents(100);
    const traffic = bench.traffic({ perSecond: 20, forMs: 10_000, people: bench.people(20) });
    await bench.sent(40);
    discord.gateway.drop();
    await bench.sent(80);
    discord.gateway.drop(4000);
    await bench.sent(120);
    discord.gateway.reconnect();
    await bench.sent(160);
    discord.gateway.invalidate(true);
    await traffic;
    await bench.settled();
    expect(await bench.stop()).toEqual(Array.from({ length: bots }, () => 0));
    expectWhole(await bench.audit(), whole(200));
  },
);

it('finds what people wrote between a session that Discord declared invalid and the next', async () => {
  await using bench = await FaultBench.start();
  const people = bench.people(10);
  await bench.traffic({ perSecond: 20, forMs: 500, people });
  await bench.settled();
  const traffic = bench.traffic({ perSecond: 20, forMs: 10_000, people });
  await bench.sent(50);
  bench.discord.gateway.invalidate(false);
  await bench.sent(150);
  bench.discord.gateway.invalidate(false);
  await traffic;
  await bench.settled();
  expect(await bench.stop()).toEqual([0]);
  // What comes in live does not wait for what is found.
  const { outOfOrder, ...sums } = whole(210);
  expectWhole(await bench.audit({ anyOrder: true }), sums);
});

it('looks for missed messages once more when a session begins while it still looks for those of the session before', async () => {
  await using bench = await FaultBench.start();
  const { gateway } = bench.discord;
  // Ten seconds of looking.
  const people = bench.people(100);
  await bench.traffic({ perSecond: 40, forMs: 2_500, people });
  await bench.settled();
  const ready = once(bench.discord, 'ready');
  gateway.invalidate(false);
  await ready;
  await delay(1_500);
  gateway.invalidate(false);
  await bench.traffic({ perSecond: 100, forMs: 1_000, people });
  await bench.settled();
  expect(await bench.stop()).toEqual([0]);
  const { outOfOrder, ...sums } = whole(200);
  expectWhole(await bench.audit({ anyOrder: true }), sums);
});

it('answers after its start who wrote while it was off, the latest person first, and does nothing rash', async () => {
  await using bench = await FaultBench.start();
  const { correspondence } = bench;
  const people = bench.people(6);
  for (const person of people) {
    correspondence.say(person);
    await bench.settled();
  }
  await bench.bots[0]?.stop();
  for (const person of people) correspondence.say(person);
  const [first] = people;
  if (!first) throw new Error('Nobody is there.');
  const flush = correspondence.say(first, { command: '!flushmemory' });
  const limits = correspondence.say(first, { command: '!limits' });
  // Nobody hears of this one any more: its id was made 11 minutes ago.
  const old = String(BigInt(limits.id) - (BigInt(11 * 60_000) << 22n));
  first.says('This is eleven minutes old.', { id: old });
  expect(timeOfSnowflake(old)).toBeLessThan(Date.now() - 10 * 60_000);
  await delay(5_000);
  const before = bench.discord.requests.length;
  await bench.restart();
  await bench.settled();
  expect(await bench.stop()).toEqual([0]);
  expect(flush.refusals).toHaveLength(1);
  const asked = bench.discord.requests.slice(before);
  const read = asked.filter(({ method, path }) => method === 'GET' && path.endsWith('/messages'));
  expect(read.map(({ path }) => path)).toEqual(
    people.map(({ channelId }) => `/channels/${channelId}/messages`).toReversed(),
  );
  expectWhole(await bench.audit({ refusals: true }), {
    answers: { never: 1, once: 13, more: 0 },
    refusals: { never: 13, once: 1, more: 0 },
    conversations: { never: 2, once: 12, more: 0 },
  });
});

it('finds what was written while it was off behind more than a page of what was said before', async () => {
  await using bench = await FaultBench.start();
  const people = bench.people(1);
  await bench.traffic({ perSecond: 40, forMs: 1_750, people });
  await bench.settled();
  await bench.bots[0]?.stop();
  await bench.traffic({ perSecond: 40, forMs: 3_000, people });
  await bench.restart();
  await bench.settled(20_000);
  expect(await bench.stop()).toEqual([0]);
  expectWhole(await bench.audit(), whole(190));
});

it('finds what was written while it was off although Discord fails when it is asked', async () => {
  await using bench = await FaultBench.start();
  const people = bench.people(10);
  await bench.traffic({ perSecond: 20, forMs: 500, people });
  await bench.settled();
  await bench.bots[0]?.stop();
  await bench.traffic({ perSecond: 20, forMs: 500, people });
  // Each request is made four times.
  bench.discord.faults.failNext({ method: 'GET', path: /\/messages$/, status: 502, times: 8 });
  await bench.restart();
  await bench.settled();
  expect(await bench.stop()).toEqual([0]);
  expectWhole(await bench.audit(), whole(20));
});
