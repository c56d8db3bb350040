import { describe, expect, it } from 'vitest';
import { HeldChannels } from '../../../src/core/discord/HeldChannels.ts';

describe('HeldChannels', () => {
  it('evicts a channel when its last user has let go, and not before', () => {
    const evicted: string[][] = [];
    const channels = new HeldChannels((...ids) => evicted.push(ids));
    const [first, second] = [channels.hold('dm', 'ada'), channels.hold('dm', 'ada')];
    channels.hold('other', 'grace');
    first();
    first();
    expect(evicted).toEqual([]);
    second();
    expect(evicted).toEqual([['dm', 'ada']]);
    channels.hold('dm', 'ada')();
    expect(evicted).toHaveLength(2);
  });
});
