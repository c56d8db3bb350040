import { describe, expect, it } from 'vitest';
import { hours } from '../../src/core/time.ts';
import { MemoryConversationRepository } from '../../src/plugins/memory/repositories/MemoryConversationRepository.ts';
import { ControlledClock } from '../../src/testing/ControlledClock.ts';

const ada = '100000000000000001';

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
});
