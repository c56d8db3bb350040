import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasRedis, RedisServer } from './redis.ts';

describe.skipIf(!hasRedis())('RedisServer', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await RedisServer.start();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  it('keeps what it was told over a stop and over a kill', async () => {
    await server.command('SET kept 1');
    await server.stop();
    await expect(server.command('PING')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await server.restart();
    await server.kill();
    await server.restart();
    expect(await server.command('EXISTS kept')).toBe(':1');
  });

  it('forgets everything when it is flushed, and when it is restarted empty', async () => {
    for (const forget of [() => server.flush(), () => server.restartEmpty()]) {
      await server.command('SET kept 1');
      await forget();
      expect(await server.command('EXISTS kept')).toBe(':0');
    }
  });

  it('asks for its password', async () => {
    await expect(server.command('AUTH wrong')).rejects.toThrow('WRONGPASS');
    expect(new URL(server.url).password).toBe(server.password);
  });
});
