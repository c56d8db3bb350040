import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { stablePort } from '../../src/testing/network/stablePort.ts';
import { makeSurroundings } from '../e2e/surroundings.ts';
import { diagnose, listenForTest, makeHealthy } from './surroundings.ts';

const look = async (PUBLIC_URL: string | undefined) => {
  const { environment } = await makeHealthy();
  return (await diagnose({ ...environment, PUBLIC_URL })).get('callbacks');
};

async function serve(answer: RequestListener): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('the doctor at the way of callbacks', () => {
  it('has nothing to look at without a PUBLIC_URL', async () => {
    expect(await look(undefined)).toMatchObject({ mark: 'skipped' });
  });

  it.skipIf(!inject('postgres'))('finds the bot', async () => {
    await using around = await makeSurroundings();
    const HEALTH_CHECK_PORT = String(await stablePort());
    const PUBLIC_URL = `http://127.0.0.1:${HEALTH_CHECK_PORT}/`;
    const bot = await around.start({ PUBLIC_URL, HEALTH_CHECK_PORT });
    await bot.ready();
    expect(await look(PUBLIC_URL)).toMatchObject({ mark: 'ok' });
  });

  it('warns of somebody else, and of a proxy that leads elsewhere', async () => {
    const sent: unknown[] = [];
    const PUBLIC_URL = await serve((request, response) => {
      sent.push(`${request.method} ${request.url}`);
      response.writeHead(401).end('{"error":"no"}');
    });
    expect(await look(`${PUBLIC_URL}/steward`)).toMatchObject({
      mark: 'warning',
      finding: expect.stringContaining('401'),
    });
    expect(sent).toEqual(['POST /steward/n8n/turns/0/reply']);
    const redirects = await serve((_, response) => response.writeHead(302, { location: '/login' }).end());
    expect(await look(redirects)).toMatchObject({ mark: 'warning', finding: expect.stringContaining('302') });
  });

  it('warns that nobody answers, or not in time', async () => {
    const server = await serve(() => undefined);
    expect(await look(server)).toMatchObject({ mark: 'warning', finding: expect.stringContaining('within 4 s') });
    expect(await look(`http://127.0.0.1:${await stablePort()}`)).toMatchObject({
      mark: 'warning',
      finding: expect.stringContaining('nothing listens there'),
      cure: expect.stringContaining('Start the bot'),
    });
  });

  it('does not look where PUBLIC_URL is wrong', async () => {
    expect(await look(`127.0.0.1:${await listenForTest()}`)).toMatchObject({ mark: 'skipped' });
  });
});
