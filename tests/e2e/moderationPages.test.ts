import { container } from '@sapphire/framework';
import type { APIMessage } from 'discord.js';
import { describe, expect, inject, it } from 'vitest';
import { startTestBot, type TestBot } from '#testing';
import type { RawEnvironment } from '../../src/core/config.ts';
import type { SimulatedUser } from '../../src/simulator/SimulatedUser.ts';
import { idsIn, moderator, moderatorIds } from './moderators.ts';

const newer = '◀ Newer';
const older = 'Older ▶';

const start = (variables: RawEnvironment = {}): Promise<TestBot> =>
  startTestBot({ environment: { MODERATOR_IDS: moderatorIds.join(','), RATE_LIMIT_MAX: '100', ...variables } });

/** So many warnings, a second apart, the newest of which is called 1. */
async function warn(person: SimulatedUser, many: number): Promise<void> {
  for (let n = many; n > 0; n -= 1) {
    const options = { key: `${person.id}-${n}`, at: new Date(Date.now() - n * 1_000) };
    await container.warnings.addWarning(person.id, person.username, `number ${n}.`, moderatorIds[1], options);
  }
}

const numbersIn = ({ content }: APIMessage): number[] =>
  [...content.matchAll(/number (\d+)\./g)].map(([, n]) => Number(n));
const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, n) => from + n);

/** Presses a button and returns the message as it is then. */
async function press(user: SimulatedUser, message: APIMessage, button: string): Promise<APIMessage> {
  expect(await user.presses(message.id, button).settled).toBe('answered');
  return user.sees(({ id }) => id === message.id);
}

const errorsOf = ({ log }: TestBot) => log.filter(({ level }) => level === 'error' || level === 'warn');

describe.skipIf(!inject('postgres'))('the pages of !warnings', () => {
  it('are turned to and fro, in the same message, for everyone’s warnings and for one person’s', async () => {
    await using bot = await start();
    const [mod, ada] = [moderator(bot), bot.person()];
    await warn(ada, 23);
    for (const command of ['!warnings', `!warnings <@${ada.id}>`, `!warnings <@${ada.id}> all`]) {
      const first = await mod.asks(command);
      expect(numbersIn(first)).toEqual(range(1, 10));
      const second = await press(mod, first, older);
      expect(numbersIn(second)).toEqual(range(11, 20));
      expect(second.content).toMatch(/\nPage 2 of 3$/);
      const third = await press(mod, second, older);
      expect(numbersIn(third)).toEqual(range(21, 23));
      expect(() => mod.presses(third.id, older)).toThrow('disabled');
      expect(numbersIn(await press(mod, third, newer))).toEqual(range(11, 20));
    }
    expect(errorsOf(bot)).toEqual([]);
  });

  it('are there for people’s own warnings too', async () => {
    await using bot = await start();
    const ada = bot.person();
    await warn(ada, 12);
    const first = await ada.asks('!warnings');
    expect(numbersIn(await press(ada, first, older))).toEqual([11, 12]);
  });

  it('survive a restart', async () => {
    await using bot = await start();
    const [mod, ada] = [moderator(bot), bot.person()];
    await warn(ada, 12);
    const first = await mod.asks('!warnings');
    await bot.stop();
    await bot.start();
    expect(numbersIn(await press(mod, first, older))).toEqual([11, 12]);
  });

  it('show the last page there is when warnings have gone meanwhile', async () => {
    await using bot = await start();
    const [mod, ada] = [moderator(bot), bot.person()];
    await warn(ada, 11);
    const messages = [await mod.asks('!warnings'), await mod.asks(`!warnings ${ada.id}`)];
    const [oldest] = (await container.warnings.getActiveWarnings(ada.id)).map(({ id }) => id).slice(-1);
    await mod.asks(`!unwarn ${oldest}`);
    for (const message of messages) {
      const page = await press(mod, message, older);
      expect(numbersIn(page)).toEqual(range(1, 10));
      expect(page.components).toEqual([]);
    }
  });

  it('are closed to who is no moderator any more', async () => {
    const environment = { MODERATOR_IDS: moderatorIds.join(',') };
    await using bot = await start(environment);
    const [mod, ada] = [moderator(bot), bot.person()];
    await warn(ada, 12);
    const first = await mod.asks('!warnings');
    await bot.stop();
    Object.assign(bot.environment, { MODERATOR_IDS: moderatorIds[1] });
    await bot.start();
    const closed = await press(mod, first, older);
    expect(closed).toMatchObject({ content: 'You may not see these warnings any more.', components: [] });
    expect(idsIn(closed.content)).toEqual([]);
  });

  it('are turned by the asker only', async () => {
    await using bot = await start();
    const [mod, ada] = [moderator(bot), bot.person()];
    await warn(ada, 12);
    // As if the asker's button stood before somebody else.
    const components = (await mod.asks('!warnings')).components ?? [];
    const { client } = container;
    const channel = await client.users.createDM(ada.id);
    const shown = await channel.send({ content: 'Pages', components: components as never });
    expect(await ada.presses(shown.id, older).settled).toBe('answered');
    expect((await ada.hears(({ content }) => content !== 'Pages')).content).toBe(
      'Only who asked for these pages can turn them.',
    );
    expect(ada.messages.find(({ id }) => id === shown.id)?.content).toBe('Pages');
  });

  it.each([
    [40_060, 400],
    [10_062, 404],
  ])('are turned by another instance: Discord’s %i is no error', async (code, status) => {
    await using bot = await start();
    const [mod, ada] = [moderator(bot), bot.person()];
    await warn(ada, 12);
    const first = await mod.asks('!warnings');
    bot.discord.faults.failNext({ status, body: { code, message: 'no' }, path: /^\/interactions\// });
    const answered = new Promise((resolve) => {
      bot.discord.on('request', ({ path }) => /^\/interactions\//.test(path) && resolve(path));
    });
    mod.presses(first.id, older);
    await answered;
    // What follows has come in behind the refusal.
    await mod.asks('!help');
    expect(errorsOf(bot)).toEqual([]);
    expect(mod.heard.filter(({ content }) => content.startsWith('There are'))).toHaveLength(1);
  });
});
