import { setTimeout as delay } from 'node:timers/promises';
import { expect, it, onTestFinished, vi } from 'vitest';
import { whole } from './audit.ts';
import { expectWhole } from './expectWhole.ts';
import { FaultBench } from './FaultBench.ts';

it('gives one answer each and keeps it once when two instances run and PostgreSQL is away', async () => {
  await using bench = await FaultBench.start({ bots: 2 });
  const { correspondence } = bench;
  const people = bench.people(20);
  await bench.traffic({ perSecond: 20, forMs: 2_000, people });
  await bench.settled();
  await bench.killPostgres();
  const traffic = bench.traffic({ perSecond: 20, forMs: 8_000, people });
  for (const [index, person] of people.entries()) {
    await bench.sent(50 + index * 5);
    correspondence.say(person, { command: index % 2 === 0 ? '!limits' : '!help' });
  }
  await traffic;
  await bench.restartPostgres();
  const after = bench.traffic({ perSecond: 20, forMs: 3_000, people });
  await bench.settled();
  await after;
  await bench.settled();
  expect(await bench.stop()).toEqual([0, 0]);
  const each = { never: 0, once: 280, more: 0 };
  expectWhole(await bench.audit({ repeatedCalls: true, anyOrder: true }), {
    sent: 280,
    answers: each,
    messageStats: each,
    turns: each,
    conversations: { never: 20, once: 260, more: 0 },
  });
});

it('says nothing again, after Discord forgot its nonces, about what another instance answered while it was dead', async () => {
  const NODE_OPTIONS = `--import ${new URL('./shiftedClock.ts', import.meta.url)}`;
  await using bench = await FaultBench.start({ bots: 2, environment: { NODE_OPTIONS } });
  const { correspondence, workflow } = bench;
  const people = bench.people(10);
  await bench.traffic({ perSecond: 20, forMs: 500, people });
  await bench.settled();
  await bench.killPostgres();
  const { answer } = workflow;
  const { promise: held, resolve: letGo } = Promise.withResolvers<void>();
  workflow.answer = (payload) => held.then(() => answer(payload));
  await bench.traffic({ perSecond: 50, forMs: 200, people });
  await correspondence.until(() => correspondence.sent.slice(10).every(({ workflowCalls }) => workflowCalls > 0));
  // Each has its own claim and its own count of every message. Not that each has called: a call may be late, and an
  // instance that took a message on owes its answer all the same.
  const taken = () =>
    Promise.all(
      bench.bots.map(async (bot) => {
        const { discord, journal } = await bot.health();
        return { turnsInHand: discord.turnsInHand, writes: journal?.writes };
      }),
    );
  const all = { turnsInHand: 10, writes: 20 };
  await expect.poll(taken).toEqual([all, all]);
  await bench.kill(0);
  letGo();
  await correspondence.answered(20);
  await bench.restartPostgres();
  await bench.settled();
  const calls = correspondence.sent.map(({ workflowCalls }) => workflowCalls);
  // Six minutes later, for Discord and for the one that comes back.
  const later = 6 * 60_000;
  const { now } = Date;
  vi.spyOn(Date, 'now').mockImplementation(() => now() + later);
  onTestFinished(() => void vi.restoreAllMocks());
  // So that it goes on with what is in its journal before that is in the database.
  bench.proxy.latency(100);
  const reads = () => bench.discord.requests.filter(({ method }) => method === 'GET').length;
  const before = reads();
  await bench.restart(0, { CLOCK_SHIFT: String(later) });
  await bench.proxy.heal();
  // Nobody sees from outside that it still has something to look at.
  await expect.poll(reads, { timeout: 20_000 }).toBeGreaterThanOrEqual(before + 10);
  await delay(2_000);
  await bench.settled();
  expect(await bench.stop()).toEqual([0, 0]);
  const { workflowCalls, ...sums } = whole(20);
  expectWhole(await bench.audit({ repeatedCalls: true }), sums);
  // Whoever comes back asks nobody again.
  expect(correspondence.sent.map(({ workflowCalls }) => workflowCalls)).toEqual(calls);
});
