import { container, UserError } from '@sapphire/framework';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { definePlugin, minutes, OutsideError, seconds, UnavailableError } from '#core';
import { ControlledClock, startTestBot, type TestBot } from '#testing';
import { GivenUpError } from '../../../src/core/conversation/giveUp.ts';
import { health } from '../../../src/plugins/health/plugin.ts';
import { get } from '../../e2e/http.ts';
import { answering, said, standingOf, toy, untilIs } from './toy.ts';

/** What the hooks of the toy throw, if anything. */
let fault: unknown;
let starts: 'well' | 'not' = 'well';
const faulty = toy({
  conversation: {
    recall: async () => {
      if (fault) throw fault;
      return { warnings: 7 };
    },
  },
  start: () => {
    if (starts === 'not') throw new Error('No batteries.');
  },
});
const child = definePlugin({ name: 'child', requires: ['toy'], services: { child: () => ({}) } });
const vital = definePlugin({
  name: 'vital',
  essential: true,
  conversation: {
    record: async () => {
      if (fault) throw fault;
    },
  },
});

describe('a plugin that keeps failing', () => {
  const clock = new ControlledClock();
  let bot: TestBot;
  beforeAll(async () => {
    const plugins = [faulty, child, vital, answering, health()];
    bot = await startTestBot({ plugins, clock, environment: { RATE_LIMIT_MAX: '1000' } });
  });
  afterAll(() => bot?.[Symbol.asyncDispose]());
  const chat = async (times: number) => {
    for (let n = 0; n < times; n += 1) expect((await bot.user('ada').says('Hello')).replies).toHaveLength(1);
  };

  it('is not quarantined for what is not its own fault, nor for failures with a success between them', async () => {
    for (const each of [
      new UserError({ identifier: 'No' }),
      new UnavailableError('The database is away.'),
      new OutsideError('The workflow is away.'),
      Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }),
    ]) {
      fault = each;
      await chat(5);
    }
    for (const _round of [1, 2]) {
      fault = new RangeError('my diagnosis');
      await chat(4);
      fault = undefined;
      await chat(1);
    }
    expect(standingOf('toy')?.state).toBe('running');
  });

  it('is not quarantined for what it waited for in vain while the database was away', async () => {
    await bot.database.goDown();
    fault = new GivenUpError('recall', seconds(10));
    await chat(6);
    fault = undefined;
    await bot.database.comeBack();
    expect(standingOf('toy')?.state).toBe('running');
  });

  it('is quarantined with those that need it, while the bot answers on; the log and /health tell why, without a text', async () => {
    fault = new RangeError('my diagnosis');
    await chat(5);
    await untilIs('toy', 'quarantined');
    fault = undefined;
    expect((await bot.user().says('Hello')).reply).toBe('0 warnings');
    const { plugins } = (await (await get(bot, '/health')).json()) as { plugins: Record<string, object> };
    expect(plugins.toy).toEqual({
      state: 'quarantined',
      reason: 'It kept failing in recall: RangeError.',
      since: clock.at(0).toISOString(),
      nextAttempt: clock.at(minutes(1)).toISOString(),
    });
    expect(plugins.child).toMatchObject({
      state: 'parked',
      reason: 'It needs the plugin "toy", which is quarantined.',
    });
    expect(said(bot, 'toy', 'error').filter((line) => /quarantined/.test(String(line)))).toHaveLength(1);
    expect([(await get(bot, '/toy')).status, 'toy' in container, 'child' in container]).toEqual([404, false, false]);
  });

  it('is tried again after a minute, and runs with what needs it', async () => {
    clock.advance(minutes(1) - seconds(1));
    await bot.user().says('Hello');
    expect(standingOf('toy')?.state).toBe('quarantined');
    clock.advance(seconds(1));
    await untilIs('child', 'running');
    expect(standingOf('toy')).toEqual({ name: 'toy', state: 'running' });
    expect((await bot.user().says('Hello')).reply).toBe('7 warnings');
    expect((await get(bot, '/toy')).status).toBe(200);
  });

  it('rests twice as long each time that it fails again, also in its start, and a minute again after it had recovered', async () => {
    const pause = () => Number(standingOf('toy')?.nextAttempt) - clock.now();
    fault = new RangeError('a bug');
    await chat(5);
    await untilIs('toy', 'quarantined');
    expect(pause()).toBe(minutes(2));
    starts = 'not';
    clock.advance(minutes(2));
    await expect.poll(() => standingOf('toy')?.reason, { timeout: 20_000 }).toBe('No batteries.');
    expect(standingOf('toy')?.state).toBe('quarantined');
    expect(pause()).toBe(minutes(4));
    starts = 'well';
    fault = undefined;
    clock.advance(minutes(4));
    await untilIs('toy', 'running');
    await chat(1);
    clock.advance(minutes(10));
    fault = new RangeError('a bug');
    await chat(5);
    await untilIs('toy', 'quarantined');
    expect(pause()).toBe(minutes(1));
  });

  it('is tried at once when an admin enables it', async () => {
    fault = undefined;
    expect((await bot.admin().says('!plugins enable toy')).reply).toMatch(/^I switched `toy` on again\./);
    expect(standingOf('toy')?.state).toBe('running');
  });

  it('runs on when the bot cannot do without it, and the log says so', () => {
    expect(standingOf('vital')?.state).toBe('running');
    expect(said(bot, 'vital', 'error')).toContain(
      'The plugin keeps failing, and runs on, because the bot cannot do without it.',
    );
  });
});
