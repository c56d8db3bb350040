import { expect, it } from 'vitest';
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
