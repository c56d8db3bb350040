import { describe, expect, inject, it } from 'vitest';
import { expectDiscreet } from './expectDiscreet.ts';
import { makeSurroundings } from './surroundings.ts';

describe.skipIf(!inject('postgres'))('the log', { concurrent: true }, () => {
  it('shows no secret and nothing that was said, at LOG_LEVEL=trace and whatever fails', async () => {
    await using around = await makeSurroundings();
    const { discord, workflow } = around;
    const variables = { LOG_LEVEL: 'trace', RATE_LIMIT_MAX: '100' };
    const bot = await around.start(variables);
    await bot.ready();
    const ada = discord.addUser({ username: 'ada' });
    await ada.asks('my-secret-diary');
    expect((await workflow.nextCall()).headers['x-steward']).toBe(around.environment.N8N_AUTH_HEADER_VALUE);
    await ada.asks('!help my-secret-argument');
    await ada.asks('!my-secret-command');
    await ada.asks('/my-secret-automation');

    workflow.answer = ({ message }) => ({ status: 500, body: { message: `Error about ${message}` } });
    await ada.asks('my-secret-for-a-broken-workflow');
    workflow.answer = ({ message }) => ({ body: `{"output": "cut answer to ${message}` });
    await ada.asks('my-secret-for-half-an-answer');
    workflow.answer = ({ message }) => ({ body: { output: `answer to ${message}` } });
    const body = {
      message: 'Invalid Form Body',
      code: 50035,
      errors: { content: { _errors: [{ code: 'BAD', message: 'No.' }] } },
    };
    discord.faults.failNext({ method: 'POST', path: /\/messages$/, status: 400, body });
    ada.says('my-secret-that-Discord-refuses-to-carry');
    await bot.line(/"Discord did not take the answer\."/);
    ada.blocksBot = true;
    ada.says('my-secret-of-one-who-blocked-the-bot');
    ada.says('!limits my-secret-of-one-who-blocked-the-bot');
    await bot.line(/"A command failed\."/);
    expect(await bot.stop()).toBe(0);

    expect(bot.log.filter(({ msg }) => msg === 'The turn failed; the person gets an apology.')).toHaveLength(2);
    expect(bot.log.filter(({ msg }) => msg === 'Discord did not take the answer.')).toHaveLength(2);
    expect([...bot.stdout, ...bot.stderr].join('\n')).not.toContain('my-secret');
    expectDiscreet(bot, discord, { ...around.environment, ...variables });
  });

  it('does not show the password that the database refuses', async () => {
    await using around = await makeSurroundings();
    const DB_PASSWORD = 'password-that-is-not-right';
    const bot = await around.start({ DB_PASSWORD, LOG_LEVEL: 'trace' });
    await bot.ready();
    const { database, databaseReason } = (await (await fetch(`${await bot.url()}/health`)).json()) as Record<
      string,
      string
    >;
    expect({ database, databaseReason }).toEqual({ database: 'degraded', databaseReason: '28P01' });
    await around.discord.addUser({ username: 'ada' }).asks('my-secret-without-a-database');
    expect(await bot.stop()).toBe(0);
    expect(bot.stdout.join('\n')).toContain('28P01');
    expectDiscreet(bot, around.discord, { ...around.environment, DB_PASSWORD });
  });
});
