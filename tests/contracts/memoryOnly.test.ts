import { describe, expect, it } from 'vitest';
import { MemoryTurnLedger } from '../../src/core/conversation/MemoryTurnLedger.ts';
import { hours } from '../../src/core/time.ts';
import { MemoryConversationRepository } from '../../src/plugins/memory/repositories/MemoryConversationRepository.ts';
import { ControlledClock } from '../support/controlledClock.ts';

const ada = '100000000000000001';
const grace = '100000000000000002';

describe('MemoryConversationRepository', () => {
  const clock = new ControlledClock();
  const of = (repository: MemoryConversationRepository, discordId = ada) =>
    repository.getRecentMessages(discordId, 1_000);

  it('forgets an exchange in the very millisecond in which its retention ends', async () => {
    const repository = new MemoryConversationRepository(clock, { retention: hours(24), limit: 20 });
    await repository.saveMessage(ada, 'ada', 'Hello', 'Hi');
    clock.advance(hours(24) - 1);
    expect(await of(repository)).toHaveLength(1);
    clock.advance(1);
    expect(await of(repository)).toEqual([]);
  });

  it.each([0, 1, 3])('holds no more than its limit of %i exchanges a person', async (limit) => {
    const repository = new MemoryConversationRepository(clock, { retention: hours(24), limit });
    for (const n of [1, 2, 3, 4, 5]) await repository.saveMessage(ada, 'ada', `${n}`, '');
    expect(await of(repository)).toHaveLength(limit);
    expect(await repository.flushUserConversations(ada)).toBe(limit);
  });

  it('makes room for the 10,001st person by forgetting who was silent longest', async () => {
    const repository = new MemoryConversationRepository(clock, { retention: hours(24), limit: 20 });
    await repository.saveMessage(ada, 'ada', 'first', '');
    await repository.saveMessage(grace, 'grace', 'second', '');
    await repository.saveMessage(ada, 'ada', 'still here', '');
    for (let n = 2; n < 10_001; n += 1) await repository.saveMessage(`person-${n}`, '', '', '');
    expect(await of(repository, grace)).toEqual([]);
    expect(await of(repository, ada)).toHaveLength(2);
  });
});

it('remembers the last 100,000 claims in memory', async () => {
  const ledger = new MemoryTurnLedger();
  const claim = (n: number) => ({ messageId: `${n}`, userId: ada, channelId: grace });
  for (let n = 0; n <= 100_000; n += 1) await ledger.claim(claim(n));
  expect(await ledger.claim(claim(1))).toBe(false);
  expect(await ledger.claim(claim(100_000))).toBe(false);
  expect(await ledger.claim(claim(0))).toBe(true);
});
