import { describe, expect, it } from 'vitest';
import { compareClocks } from '../../src/doctor/checks/clock.ts';
import { diagnose, listenForTest, makeHealthy } from './surroundings.ts';

describe('the doctor at Discord', () => {
  it('names the bot, the sessions that are left and the intents, and writes nothing', async () => {
    const { discord, environment } = await makeHealthy();
    const found = await diagnose(environment);
    expect(found.get('Discord token')).toEqual({
      mark: 'ok',
      what: 'Discord token',
      finding: `is that of ${discord.bot.username} (${discord.bot.id})`,
    });
    expect(found.get('Discord gateway')).toMatchObject({
      mark: 'ok',
      finding: expect.stringContaining('1000 of 1000'),
    });
    expect(found.get('Discord intents')?.finding).toMatch(/no privileged one is needed/);
    expect(found.get('Discord clock')?.mark).toBe('ok');
    expect(discord.requests.map(({ method }) => method)).toEqual(['GET', 'GET']);
  });

  it.each(['wrong-token', 'tök€n', 'two words'])('says of a wrong token where the right one is (%s)', async (token) => {
    const { environment } = await makeHealthy();
    const found = await diagnose({ ...environment, DISCORD_TOKEN: token });
    expect(found.get('Discord token')).toMatchObject({
      mark: 'broken',
      cure: expect.stringMatching(/Developer Portal.*DISCORD_TOKEN/),
    });
    expect(found.has('Discord gateway')).toBe(false);
    expect(found.get('workflow')?.mark).toBe('ok');
  });

  it('tells a Discord that is unwell from one that cannot be reached', async () => {
    const { discord, environment } = await makeHealthy();
    discord.faults.failNext({ status: 502, path: /users/ });
    expect((await diagnose(environment)).get('Discord')).toMatchObject({
      mark: 'broken',
      finding: 'Discord answers HTTP 502',
    });
    const gone = await makeHealthy();
    await gone.discord.stop();
    expect((await diagnose(gone.environment)).get('Discord')).toMatchObject({
      mark: 'broken',
      finding: 'nothing listens there (ECONNREFUSED)',
      cure: expect.stringContaining('DISCORD_API_URL'),
    });
  });

  it('gives a Discord up that says nothing', async () => {
    const { environment } = await makeHealthy();
    const silent = await listenForTest();
    const found = await diagnose({ ...environment, DISCORD_API_URL: `http://127.0.0.1:${silent}` });
    expect(found.get('Discord')).toMatchObject({ mark: 'broken', finding: 'no answer within 5 s' });
  });

  it.each([
    [0, 'broken'],
    [3, 'warning'],
    [50, 'ok'],
  ])('judges %i sessions that are left as %s', async (remaining, mark) => {
    const { discord, environment } = await makeHealthy();
    const session_start_limit = { total: 1_000, remaining, reset_after: 120_000, max_concurrency: 1 };
    const body = { url: 'wss://gateway.example', shards: 1, session_start_limit };
    discord.faults.failNext({ status: 200, body, path: /gateway\/bot/ });
    const gateway = (await diagnose(environment)).get('Discord gateway');
    expect(gateway?.mark).toBe(mark);
    expect(gateway?.cure).toEqual(mark === 'ok' ? undefined : expect.stringContaining('in 2 minutes'));
  });
});

describe('two clocks', () => {
  it.each([
    [0, 'ok'],
    [5_000, 'ok'],
    [5_001, 'warning'],
    [-5_001, 'warning'],
    [600_000, 'warning'],
    [600_001, 'broken'],
    [-600_001, 'broken'],
  ])('%i ms apart are %s', (offset, mark) => {
    expect(compareClocks('Discord', 1_800_000_000_000, 1_800_000_000_000 + offset).mark).toBe(mark);
  });

  it('are compared in words', () => {
    expect(compareClocks('Discord', 0, 20_000)).toMatchObject({
      finding: 'this machine’s is 20 s ahead of Discord’s',
      cure: expect.stringContaining('NTP'),
    });
    expect(compareClocks('database', 1_200_000, 0).finding).toBe('this machine’s is 20 minutes behind PostgreSQL’s');
  });
});
