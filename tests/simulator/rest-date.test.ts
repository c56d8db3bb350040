import { expect, it, onTestFinished, vi } from 'vitest';
import { timeOfSnowflake } from '../../src/simulator/Snowflakes.ts';
import { call, meet } from './restClient.ts';

it('every answer carries the date of the clock that the ids follow', async () => {
  const { simulator, ada, messages } = await meet();
  const { attachments } = ada.says('', { attachments: [{ filename: 'a.txt', content: 'a' }] });
  const at = Date.parse('2031-02-03T04:05:06.789Z');
  vi.useFakeTimers({ toFake: ['Date'], now: at });
  onTestFinished(() => void vi.useRealTimers());
  const date = 'Mon, 03 Feb 2031 04:05:06 GMT';

  const sent = await call(simulator, 'POST', messages, { content: 'x' });
  expect([sent.status, sent.headers.get('date')]).toEqual([200, date]);
  expect(timeOfSnowflake(sent.body.id)).toBe(at);

  simulator.faults.failNext({ status: 502, path: /\/applications/ });
  simulator.faults.limitNext({ path: /\/users\/@me$/ });
  const answers = [
    await call(simulator, 'POST', `/channels/${ada.channelId}/typing`),
    await call(simulator, 'POST', messages, {}),
    await call(simulator, 'GET', '/users/@me', undefined, { authorization: '' }),
    await call(simulator, 'GET', '/nowhere'),
    await call(simulator, 'GET', '/users/@me'),
    await call(simulator, 'GET', '/applications/@me'),
  ];
  expect(answers.map(({ status, headers }) => [status, headers.get('date')])).toEqual(
    [204, 400, 401, 404, 429, 502].map((status) => [status, date]),
  );
  for (const address of [attachments[0]?.url ?? '', `${simulator.url}/elsewhere`]) {
    expect((await fetch(address)).headers.get('date')).toBe(date);
  }
});

it('tells where the gateway is without a token', async () => {
  const { simulator } = await meet();
  expect(await call(simulator, 'GET', '/gateway', undefined, { authorization: '' })).toMatchObject({
    status: 200,
    body: { url: simulator.gateway.url },
  });
});
