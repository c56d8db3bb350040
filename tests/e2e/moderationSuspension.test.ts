import { container } from '@sapphire/framework';
import { describe, expect, inject, it } from 'vitest';
import { startTestBot, type TestBot } from '#testing';
import { days } from '../../src/core/time.ts';
import type { SimulatedUser } from '../../src/simulator/SimulatedUser.ts';
import { ControlledClock } from '../../src/testing/ControlledClock.ts';
import { moderator, moderatorIds, warn } from './moderators.ts';

const start = (suspendAt: number, clock?: ControlledClock): Promise<TestBot> =>
  startTestBot({
    environment: {
      MODERATOR_IDS: moderatorIds.join(','),
      RATE_LIMIT_MAX: '100',
      WARNING_SUSPEND_AT: String(suspendAt),
    },
    ...(clock ? { clock } : {}),
  });
const ask = async (user: SimulatedUser, text: string): Promise<string> => (await user.asks(text)).content;
/** Warns, and lets the person hear of it. */
async function warned(bot: TestBot, person: SimulatedUser): Promise<string> {
  const id = await warn(moderator(bot), person, 'spam');
  await person.hears();
  return id;
}

describe.skipIf(!inject('postgres'))('WARNING_SUSPEND_AT', () => {
  it('is off by default', async () => {
    await using bot = await startTestBot({
      environment: { MODERATOR_IDS: moderatorIds.join(','), RATE_LIMIT_MAX: '100' },
    });
    const ada = bot.person();
    for (let n = 0; n < 5; n += 1) await warned(bot, ada);
    expect(await ask(ada, 'Hello')).toBe('You said: Hello');
  });

  it('keeps a person from chatting, who reads why and until when; commands stay', async () => {
    await using bot = await start(2);
    const ada = bot.person();
    await warned(bot, ada);
    expect(await ask(ada, 'Hello')).toBe('You said: Hello');
    const second = await warned(bot, ada);
    const [first, last] = (await container.warnings.getActiveWarnings(ada.id)).map(({ expiresAt }) => expiresAt);
    const until = Math.ceil(Math.min(Number(first), Number(last)) / 1_000);
    const refusal = `You have 2 active warnings: that is too many to chat. You can go on <t:${until}:R>, when enough of them have expired.`;
    const calls = bot.workflow.calls.length;
    expect(await ask(ada, 'Hello?')).toBe(refusal);
    expect(bot.workflow.calls).toHaveLength(calls);
    expect(await ask(ada, '!help')).toContain('`!limits`');
    expect(await ask(ada, '!warnings')).toContain(`You have 2 active warnings.\n`);
    expect(await ask(ada, '!warnings')).toContain(`Chatting is possible again <t:${until}:R>.`);
    expect(await ask(bot.person(), 'Hello')).toBe('You said: Hello');
    await ask(moderator(bot), `!unwarn ${second}`);
    expect(await ask(ada, 'Hello again')).toBe('You said: Hello again');
  });

  it('ends in the very millisecond in which enough warnings have expired', async () => {
    const clock = new ControlledClock();
    await using bot = await start(2, clock);
    const ada = bot.person();
    for (let n = 0; n < 3; n += 1) await warned(bot, ada);
    const ends = (await container.warnings.getActiveWarnings(ada.id))
      .map(({ expiresAt }) => expiresAt.getTime())
      .sort();
    const [, second = 0] = ends;
    clock.advance(second - clock.now() - 1);
    expect(await ask(ada, 'One millisecond too early')).toContain(`<t:${Math.ceil(second / 1_000)}:R>`);
    clock.advance(1);
    expect(await ask(ada, 'Now')).toBe('You said: Now');
    expect(ends).toHaveLength(3);
    clock.advance(days(1));
    expect(await ask(ada, '!warnings')).toBe('You have no active warnings.');
  });

  it('tells the moderator whom it keeps from chatting', async () => {
    await using bot = await start(1);
    const ada = bot.person();
    expect(await ask(moderator(bot), `!warn ${ada.id} spam`)).toMatch(/\nThey can chat again <t:\d+:R>\.\n/);
  });
});
