import { REST } from 'discord.js';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { keepTyping } from '../../../src/core/conversation/keepTyping.ts';

/** The bot's REST budget; discord.js counts it down and resets it each second. */
const rest = new REST({ globalRequestsPerSecond: 50 });

function start(sendTyping: () => Promise<unknown> = async () => undefined) {
  const shown: number[] = [];
  const errors: unknown[] = [];
  const begin = Date.now();
  const stop = keepTyping(
    rest,
    () => {
      shown.push(Date.now() - begin);
      return sendTyping();
    },
    (error) => errors.push(error),
  );
  return { stop, shown, errors };
}

describe('keepTyping', () => {
  beforeEach(() => {
    vi.useFakeTimers();
    Object.assign(rest, { globalRemaining: 50, globalReset: -1 });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('shows nothing for an answer that comes within half a second', async () => {
    const { stop, shown } = start();
    await vi.advanceTimersByTimeAsync(499);
    stop();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(shown).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('shows that the bot is typing after half a second, and again every 8 s, before Discord lets it fade', async () => {
    const { stop, shown } = start();
    await vi.advanceTimersByTimeAsync(20_000);
    expect(shown).toEqual([500, 8_500, 16_500]);
    stop();
  });

  it('stops for good', async () => {
    const { stop, shown } = start();
    await vi.advanceTimersByTimeAsync(9_000);
    stop();
    stop();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(shown).toEqual([500, 8_500]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('leaves the second half of each second’s requests to replies', async () => {
    const { stop, shown } = start();
    const spend = (remaining: number): void => {
      Object.assign(rest, { globalRemaining: remaining, globalReset: Date.now() + 1_000 });
    };
    await vi.advanceTimersByTimeAsync(499);
    spend(25);
    await vi.advanceTimersByTimeAsync(8_000);
    expect(shown).toEqual([]);
    spend(26);
    await vi.advanceTimersByTimeAsync(1);
    expect(shown).toEqual([8_500]);
    stop();
  });

  it('counts the budget of a second that is over as whole', async () => {
    Object.assign(rest, { globalRemaining: 0, globalReset: Date.now() + 500 });
    const { stop, shown } = start();
    await vi.advanceTimersByTimeAsync(500);
    expect(shown).toEqual([500]);
    stop();
  });

  it('tells of a failure and goes on', async () => {
    const refused = new Error('Discord does not take it.');
    const { stop, shown, errors } = start(() => Promise.reject(refused));
    await vi.advanceTimersByTimeAsync(8_500);
    expect(shown).toEqual([500, 8_500]);
    expect(errors).toEqual([refused, refused]);
    stop();
  });
});
