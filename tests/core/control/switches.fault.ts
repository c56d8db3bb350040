import { container } from '@sapphire/framework';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestBot, type TestBot } from '#testing';
import { RedisServer } from '../../support/redis.ts';
import { standingOf, untilIs } from './toy.ts';

const said = async (bot: TestBot) =>
  (await bot.database.query<{ user_message: string }>('SELECT user_message FROM conversations ORDER BY id')).map(
    ({ user_message }) => user_message,
  );
const nothingWaits = async () => {
  const { journal } = container.database;
  await expect.poll(() => journal.depth('write'), { timeout: 20_000 }).toBe(0);
  expect(journal.deadLetters.size).toBe(0);
};

describe('a plugin that is switched off while the database is away', () => {
  let bot: TestBot;
  beforeAll(async () => {
    bot = await startTestBot();
  });
  afterAll(() => bot?.[Symbol.asyncDispose]());

  it('loses nothing of what it wrote, and stays off when the database is back', async () => {
    await bot.database.goDown();
    await bot.user('ada').says('one');
    expect((await bot.admin().says('!plugins disable memory')).reply).toMatch(
      /^I switched `memory` off\. .* The database does not answer right now: other instances follow when it is back\.$/,
    );
    await bot.user('ada').says('two');
    await bot.database.comeBack();
    await nothingWaits();
    expect(await said(bot)).toEqual(['one']);
    expect((await bot.user('ada').says('!mydata')).reply).toMatch(/^This is everything/);
    expect(standingOf('memory')?.state).toBe('disabled');
    await bot.restart();
    expect(standingOf('memory')?.state).toBe('disabled');
  });

  it('has what it had written brought in by a run in which it is off from the start', async () => {
    await container.plugins.enable('memory');
    await bot.database.goDown();
    await bot.user('ada').says('three');
    await bot.stop();
    await bot.database.query("UPDATE settings SET value = 'off 2100-01-01T00:00:00.000Z' WHERE name = 'plugin:memory'");
    await expect(bot.database.comeBack()).rejects.toThrow('The bot is stopped');
    await bot.start();
    expect(standingOf('memory')?.state).toBe('disabled');
    await nothingWaits();
    expect(await said(bot)).toEqual(['one', 'three']);
  });

  it('is switched off soon after a start that could not ask, with the words of the log', async () => {
    await bot.database.goDown();
    await bot.restart();
    expect(standingOf('memory')?.state).toBe('running');
    expect(bot.log).toContainEqual(
      expect.objectContaining({ msg: expect.stringMatching(/^Which plugins are switched off/) }),
    );
    await bot.database.comeBack();
    await untilIs('memory', 'disabled');
  });
});

describe('a plugin that another instance switches', () => {
  it('follows, off and on, and with it its tasks in Redis', async () => {
    await using redis = await RedisServer.start();
    await using bot = await startTestBot({ environment: { REDIS_URL: redis.url } });
    const count = "local k = redis.call('keys', 'bull:steward-*:repeat') return k[1] and redis.call('zcard', k[1])";
    const inRedis = () => redis.command(`EVAL "${count}" 0`);
    await expect.poll(inRedis, { timeout: 20_000 }).toBe(':5');
    const change = (value: string) =>
      bot.database.query(
        "INSERT INTO settings (name, value) VALUES ('plugin:memory', $1) ON CONFLICT (name) DO UPDATE SET value = $1",
        [value],
      );
    await change('off 2026-01-01T00:00:00.000Z');
    await untilIs('memory', 'disabled');
    expect(standingOf('memory')?.since).toEqual(new Date('2026-01-01'));
    await expect.poll(inRedis, { timeout: 20_000 }).toBe(':4');
    await change('on 2026-01-02T00:00:00.000Z');
    await untilIs('memory', 'running');
    await expect.poll(inRedis, { timeout: 20_000 }).toBe(':5');
  });
});
