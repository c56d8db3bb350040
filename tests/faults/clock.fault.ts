import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { WorkflowPayload } from '../../src/simulator/StandInWorkflow.ts';
import { whole } from './audit.ts';
import { expectWhole } from './expectWhole.ts';
import { FaultBench } from './FaultBench.ts';

const hour = 3_600_000;
const NODE_OPTIONS = `--import ${new URL('./shiftedClock.ts', import.meta.url)}`;

it.each([hour, -hour])('keeps limits and history right when its clock is %i ms wrong', async (shift) => {
  const environment = { NODE_OPTIONS, CLOCK_SHIFT: String(shift), RATE_LIMIT_MAX: '5' };
  await using bench = await FaultBench.start({ environment });
  const { correspondence, workflow } = bench;
  let last: WorkflowPayload | undefined;
  workflow.on('call', ({ body }) => {
    last = body;
  });
  const [person] = bench.people(1);
  if (!person) throw new Error('Nobody is there.');
  for (let count = 1; count <= 7; count += 1) {
    correspondence.say(person);
    await bench.settled();
  }
  expect(last?.conversationContext.map(({ userMessage }) => userMessage)).toEqual(
    [1, 2, 3, 4].map((number) => `message ${number}`),
  );
  expect(await bench.stop()).toEqual([0]);
  expectWhole(await bench.audit({ refusals: true }), {
    answers: { never: 2, once: 5, more: 0 },
    refusals: { never: 5, once: 2, more: 0 },
  });
});

it.each([hour, -hour])(
  'answers everybody, and goes through an outage, after its clock jumped by %i ms',
  async (jump) => {
    await using bench = await FaultBench.start({ environment: { NODE_OPTIONS, CLOCK_JUMP: String(jump) } });
    const people = bench.people(20);
    const traffic = bench.traffic({ perSecond: 20, forMs: 15_000, people });
    await bench.sent(60);
    bench.bots[0]?.signal('SIGUSR2');
    await bench.sent(140);
    await bench.killPostgres();
    await bench.sent(200);
    await bench.restartPostgres();
    await traffic;
    await bench.settled();
    expect(bench.correspondence.longestWait).toBeLessThan(20_000);
    expect(await bench.stop()).toEqual([0]);
    expectWhole(await bench.audit(), whole(300));
  },
);

it.each([hour, -hour])('finds what was said while it was away, with a clock that is %i ms wrong', async (shift) => {
  await using bench = await FaultBench.start({ environment: { NODE_OPTIONS, CLOCK_SHIFT: String(shift) } });
  const people = bench.people(5);
  await bench.traffic({ perSecond: 20, forMs: 1_000, people });
  await bench.settled();
  await bench.kill(0);
  await bench.traffic({ perSecond: 20, forMs: 1_000, people });
  await bench.restart(0);
  await bench.settled();
  expect(await bench.stop()).toEqual([0]);
  const { outOfOrder, ...sums } = whole(40);
  expectWhole(await bench.audit({ anyOrder: true }), sums);
});

it('takes over from an instance with another clock', async () => {
  const environment = (bot: number) => ({ NODE_OPTIONS, CLOCK_SHIFT: String(bot * hour) });
  await using bench = await FaultBench.start({ bots: 2, environment });
  const people = bench.people(10);
  const traffic = bench.traffic({ perSecond: 10, forMs: 10_000, people });
  await bench.sent(50);
  await bench.kill(0);
  await delay(3_000);
  await bench.restart(0);
  await traffic;
  await bench.settled();
  expect(await bench.stop()).toEqual([0, 0]);
  const { workflowCalls, outOfOrder, ...sums } = whole(100);
  expectWhole(await bench.audit({ repeatedCalls: true, anyOrder: true }), sums);
});
