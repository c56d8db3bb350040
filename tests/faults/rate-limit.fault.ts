import { expect, it } from 'vitest';
import { expectWhole } from './expectWhole.ts';
import { FaultBench } from './FaultBench.ts';

const environment = { RATE_LIMIT_MAX: '5', RATE_LIMIT_WINDOW_MS: '600000' };
const counted = 'SELECT jsonb_array_length(timestamps) AS count FROM rate_limits';

it('lets exactly 5 of 200 messages of one person through that come at once to two instances', async () => {
  await using bench = await FaultBench.start({ bots: 2, environment });
  const people = bench.people(1);
  await bench.traffic({ perSecond: 1_000_000, forMs: 0.2, people });
  await bench.settled();
  expect(await bench.stop()).toEqual([0, 0]);
  expectWhole(await bench.audit({ refusals: true }), {
    sent: 200,
    answers: { never: 195, once: 5, more: 0 },
    refusals: { never: 5, once: 195, more: 0 },
    workflowCalls: { never: 195, once: 5, more: 0 },
  });
  expect(await bench.query(counted)).toEqual([{ count: 5 }]);
});

it('lets no more than 5 messages through for each instance in an outage, and counts all of them afterwards', async () => {
  await using bench = await FaultBench.start({ bots: 2, environment });
  const { correspondence } = bench;
  const people = bench.people(2);
  // One has used up two already.
  await bench.traffic({ perSecond: 1_000, forMs: 2, people: people.slice(0, 1) });
  await bench.settled();
  await bench.killPostgres();
  await bench.traffic({ perSecond: 1_000, forMs: 60, people });
  await correspondence.answered(62);
  await bench.restartPostgres();
  await bench.settled();
  await bench.traffic({ perSecond: 1_000, forMs: 20, people });
  await bench.settled();
  expect(await bench.stop()).toEqual([0, 0]);
  const { sums, problems } = await bench.audit({ refusals: true, repeatedCalls: true, anyOrder: true });
  expect(problems).toEqual([]);
  for (const person of people) {
    const own = correspondence.sent.filter(({ userId }) => userId === person.id);
    const called = own.filter(({ workflowCalls }) => workflowCalls > 0).length;
    expect(called).toBeGreaterThanOrEqual(5);
    expect(called).toBeLessThanOrEqual(10);
    const [row] = await bench.query<{ count: number }>(
      `${counted} r JOIN users u ON u.id = r.user_id WHERE u.discord_id = '${person.id}'`,
    );
    expect(row?.count).toBe(called);
  }
  expect(sums.answers.once + sums.refusals.once).toBe(82);
});
