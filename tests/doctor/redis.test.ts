import { describe, expect, it, onTestFinished } from 'vitest';
import { judgeRedis } from '../../src/doctor/checks/judgeRedis.ts';
import { hasRedis, RedisServer } from '../support/redis.ts';
import { diagnose, listenForTest, makeHealthy } from './surroundings.ts';

const look = async (REDIS_URL: string) =>
  (await diagnose({ ...(await makeHealthy()).environment, REDIS_URL })).get('Redis');

describe.skipIf(!hasRedis())('the doctor at Redis', () => {
  it('wants it to keep what it is told', async () => {
    const server = await RedisServer.start();
    onTestFinished(() => server[Symbol.asyncDispose]());
    expect(await look(server.url)).toMatchObject({
      mark: 'ok',
      finding: expect.stringMatching(/^Redis \d+\.\S+ at 127\.0\.0\.1:\d+, maxmemory-policy noeviction$/),
    });
    await server.command('CONFIG SET maxmemory-policy allkeys-lru');
    expect(await look(server.url)).toMatchObject({
      mark: 'broken',
      finding: expect.stringContaining('allkeys-lru'),
      cure: expect.stringContaining('noeviction'),
    });
    expect(await server.command('DBSIZE')).toBe(':0');
  });

  it('names a wrong password', async () => {
    const server = await RedisServer.start();
    onTestFinished(() => server[Symbol.asyncDispose]());
    const found = await look(server.url.replace(server.password, 'password-that-is-wrong'));
    expect(found).toMatchObject({ mark: 'broken', finding: expect.stringContaining('WRONGPASS') });
    expect(JSON.stringify(found)).not.toContain('password-that-is-wrong');
  });
});

describe('a Redis', () => {
  it.each([
    ['4.0.14', 'noeviction', 'broken'],
    ['6.0.16', 'noeviction', 'warning'],
    ['6.2.0', 'noeviction', 'ok'],
    ['10.0.1', 'noeviction', 'ok'],
    ['7.4.1', 'volatile-lru', 'broken'],
    ['unknown', 'unknown', 'broken'],
  ])('of version %s with the policy %s is %s', (version, policy, mark) => {
    const info = `# Server\r\nredis_version:${version}\r\n# Memory\r\nmaxmemory_policy:${policy}\r\n`;
    expect(judgeRedis(info, 'localhost:6379').mark).toBe(mark);
  });
});

describe('the doctor without a Redis', () => {
  it('says that none is needed', async () => {
    expect((await diagnose((await makeHealthy()).environment)).get('Redis')).toMatchObject({ mark: 'skipped' });
  });

  it('tells where nothing listens, and where nobody says anything', async () => {
    expect(await look('redis://127.0.0.1:9/0')).toMatchObject({
      mark: 'broken',
      finding: 'nothing listens there (ECONNREFUSED)',
      cure: expect.stringContaining('REDIS_URL'),
    });
    expect(await look('redis://:half%zzescaped@127.0.0.1:9/0')).toMatchObject({ mark: 'broken' });
    const silent = await listenForTest();
    expect(await look(`redis://:password-to-hide@127.0.0.1:${silent}/0`)).toMatchObject({
      mark: 'broken',
      finding: 'no answer within 5 s',
    });
  });
});
