import { describe, expect, it } from 'vitest';
import { RateLimits } from '../../src/simulator/rest/RateLimits.ts';
import { logIn, send, startSimulator } from './discordClient.ts';
import { call } from './restClient.ts';

describe('rate limits', () => {
  it('are in the headers of every answer, with room to spare', async () => {
    const simulator = await startSimulator();
    const [first, second] = [await call(simulator, 'GET', '/users/@me'), await call(simulator, 'GET', '/nowhere')];

    expect(first.headers.get('x-ratelimit-limit')).toBe('1000');
    expect(first.headers.get('x-ratelimit-remaining')).toBe('999');
    expect(Number(first.headers.get('x-ratelimit-reset-after'))).toBeLessThanOrEqual(1);
    expect(Number(first.headers.get('x-ratelimit-reset'))).toBeGreaterThan(1_700_000_000);
    expect(first.headers.get('x-ratelimit-bucket')).not.toBe(second.headers.get('x-ratelimit-bucket'));
  });

  it('that are enforced allow 5 messages in 5 seconds to a channel', async () => {
    const simulator = await startSimulator({ enforceRateLimits: true });
    const [ada, bob] = [simulator.addUser({ username: 'ada' }), simulator.addUser({ username: 'bob' })];
    const say = (channelId: string) => call(simulator, 'POST', `/channels/${channelId}/messages`, { content: 'x' });

    const answers = [];
    for (let count = 0; count < 6; count += 1) answers.push(await say(ada.channelId));

    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 429]);
    expect(answers.map(({ headers }) => headers.get('x-ratelimit-remaining'))).toEqual(['4', '3', '2', '1', '0', '0']);
    expect(answers[5]?.body).toEqual({
      message: 'You are being rate limited.',
      retry_after: Number(answers[5]?.headers.get('retry-after')),
      global: false,
    });
    expect(answers[5]?.headers.get('x-ratelimit-scope')).toBe('user');
    expect((await say(bob.channelId)).status).toBe(200);
    expect(ada.heard).toHaveLength(5);
  });

  it('that are enforced allow 50 requests in a second altogether', () => {
    const limits = new RateLimits(true);
    const take = (major: string) => limits.take({ method: 'GET', route: '/channels/:channelId', major }).limited;

    for (let channel = 0; channel < 50; channel += 1) expect(take(String(channel))).toBeUndefined();
    expect(take('another')).toEqual({ global: true, retryAfterMs: expect.any(Number) });
  });

  it.each([false, true])('on request (global: %s) are waited out by discord.js', async (global) => {
    const simulator = await startSimulator();
    const ada = simulator.addUser({ username: 'ada' });
    const client = await logIn(simulator, { rest: { rejectOnRateLimit: null } });
    simulator.faults.limitNext({ times: 2, retryAfterMs: 20, global, path: /\/messages$/ });

    await send(client, ada.channelId, { content: 'at last' });

    expect(ada.heard.map(({ content }) => content)).toEqual(['at last']);
    const posts = simulator.requests.filter(({ method }) => method === 'POST');
    expect(posts.map(({ status, body }) => [status, body])).toEqual(
      [429, 429, 200].map((status) => [status, expect.objectContaining({ content: 'at last' })]),
    );
  });
});

describe('faults', () => {
  it('make a request fail without carrying it out, and discord.js tries again', async () => {
    const simulator = await startSimulator();
    const ada = simulator.addUser({ username: 'ada' });
    const client = await logIn(simulator);
    simulator.faults.failNext({ status: 502, times: 2, method: 'POST' });

    await send(client, ada.channelId, { content: 'hello' });

    expect(ada.heard).toHaveLength(1);
    expect(simulator.requests.filter(({ method }) => method === 'POST').map(({ status }) => status)).toEqual([
      502, 502, 200,
    ]);
  });

  it('answer with the body that is asked for', async () => {
    const simulator = await startSimulator();
    simulator.faults.failNext({ status: 400, body: { code: 1 } });
    simulator.faults.failNext({ status: 500 });
    expect(await call(simulator, 'GET', '/users/@me')).toMatchObject({ status: 400, body: { code: 1 } });
    expect(await call(simulator, 'GET', '/users/@me')).toMatchObject({
      status: 500,
      body: { message: '500: Internal Server Error' },
    });
    expect(await call(simulator, 'GET', '/users/@me')).toMatchObject({ status: 200 });
  });

  it('lose the answer to a message that was sent; a nonce keeps the second attempt from doubling it', async () => {
    const simulator = await startSimulator();
    const ada = simulator.addUser({ username: 'ada' });
    const client = await logIn(simulator);
    const posts = () => simulator.requests.filter(({ method }) => method === 'POST');

    simulator.faults.loseAnswers({ path: /\/messages$/ });
    const message = await send(client, ada.channelId, { content: 'once', nonce: '1', enforceNonce: true });
    expect(posts()).toHaveLength(2);
    expect(ada.heard.map(({ id }) => id)).toEqual([message.id]);

    simulator.faults.loseAnswers({ path: /\/messages$/ });
    await send(client, ada.channelId, { content: 'twice' });
    expect(ada.heard.map(({ content }) => content)).toEqual(['once', 'twice', 'twice']);
  });

  it('hold a request up, and drop it when the simulator stops before its time', async () => {
    const simulator = await startSimulator();
    const ada = simulator.addUser({ username: 'ada' });
    const say = (content: string) => call(simulator, 'POST', `/channels/${ada.channelId}/messages`, { content });
    simulator.faults.delayRest(3_600_000);
    const arrived = whenRead(simulator.faults, 'restDelayMs');

    const late = expect(say('late')).rejects.toThrow('fetch failed');
    await arrived;
    simulator.faults.delayRest(1);
    await say('in time');
    await simulator.stop();
    await late;

    expect(ada.heard.map(({ content }) => content)).toEqual(['in time']);
  });

  it('reject the token everywhere while they are asked to', async () => {
    const simulator = await startSimulator();
    simulator.faults.rejectToken = true;
    expect((await call(simulator, 'GET', '/gateway')).status).toBe(401);
    simulator.faults.rejectToken = false;
    expect((await call(simulator, 'GET', '/gateway')).status).toBe(200);
  });

  it('befall only the requests they are meant for, and are gone after a reset', async () => {
    const simulator = await startSimulator();
    const { faults } = simulator;
    faults.failNext({ status: 500, path: /^\/gateway$/g, times: 3 });
    expect((await call(simulator, 'GET', '/users/@me')).status).toBe(200);
    expect((await call(simulator, 'GET', '/gateway')).status).toBe(500);
    expect((await call(simulator, 'GET', '/gateway')).status).toBe(500);

    faults.limitNext({ times: 9 });
    faults.loseAnswers({ times: 9 });
    faults.duplicateNextEvents(9);
    faults.delayRest(3_600_000);
    faults.refuseLogins(4004);
    faults.rejectToken = true;
    faults.reset();
    expect((await call(simulator, 'GET', '/gateway')).status).toBe(200);
    expect(faults.takeDuplicate()).toBe(false);
    expect(faults.loginCloseCode).toBeUndefined();
  });
});

/** Resolves when somebody looks at a property for the first time. */
function whenRead<Thing extends object>(thing: Thing, key: keyof Thing): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const value = thing[key];
  const get = () => {
    Object.defineProperty(thing, key, { value, writable: true, configurable: true });
    resolve();
    return value;
  };
  Object.defineProperty(thing, key, { get, configurable: true });
  return promise;
}
