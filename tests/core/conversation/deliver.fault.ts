import type { SendableChannels } from 'discord.js';
import { describe, expect, it, vi } from 'vitest';
import { deliver, nonceMemory } from '../../../src/core/conversation/deliver.ts';
import { logIn, nextMessage, startSimulator } from '../../simulator/discordClient.ts';

// Minutes are seconds here.
vi.mock('../../../src/core/time.ts', () => import('../../model/fastTime.ts'));

async function open() {
  const discord = await startSimulator();
  // What discord.js tries again by itself is none of these tests' business.
  const client = await logIn(discord, { rest: { retries: 0 } });
  const ada = discord.addUser({ username: 'ada' });
  const received = nextMessage(client);
  ada.says('Hello');
  const message = await received;
  return { discord, ada, message, channel: message.channel as SendableChannels };
}

const posts = { method: 'POST', path: /messages$/ };

describe('deliver', { timeout: 60_000 }, () => {
  it('looks for what Discord took unheard before it says it again, once Discord may have forgotten the nonce', async () => {
    const { discord, ada, message, channel } = await open();
    discord.faults.loseAnswers(posts);
    const delivering = deliver(channel, message.id, [{ content: 'Hello ada' }]);
    await expect.poll(() => ada.heard.length).toBe(1);
    // From now on nothing can be posted any more: only by looking can it be found.
    discord.faults.failNext({ ...posts, status: 502, times: Number.POSITIVE_INFINITY });
    expect(await delivering).toEqual({});
    expect(nonceMemory).toBeLessThan(60_000);
  });

  it('looks for a notice too, though it replies to nothing', async () => {
    const { discord, ada, message, channel } = await open();
    discord.faults.failNext({ ...posts, status: 503, times: 9 });
    await deliver(channel, message.id, [{ content: 'By the way' }], { notice: true });
    expect(ada.heard.map(({ content, message_reference }) => [content, message_reference])).toEqual([
      ['By the way', undefined],
    ]);
  });

  it('says it when it cannot be found, however long Discord was away', async () => {
    const { discord, ada, message, channel } = await open();
    // Somebody else's words, and the same words of long ago, are no answer.
    await deliver(channel, '1', [{ content: 'Hello ada' }]);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    discord.faults.failNext({ ...posts, status: 503, times: 9 });
    await deliver(channel, message.id, [{ content: 'Hello ada' }]);
    expect(ada.heard).toHaveLength(2);
  });
});
