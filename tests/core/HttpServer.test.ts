import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { container } from '@sapphire/framework';
import type { FastifyInstance } from 'fastify';
import { describe, expect, it, onTestFinished } from 'vitest';
import '../../src/core/container.ts';
import { definePlugin } from '../../src/core/definePlugin.ts';
import { KernelError } from '../../src/core/errors.ts';
import { HttpServer } from '../../src/core/http/HttpServer.ts';
import type { KernelEnvironment } from '../../src/core/kernelEnvironment.ts';
import { createLog } from '../../src/core/log/createLog.ts';
import { MountedPlugin } from '../../src/core/MountedPlugin.ts';

interface Line {
  level: string;
  address?: string;
  err?: { message: string };
}

type Routes = (app: FastifyInstance) => void;

async function start(routes: Routes | readonly Routes[], port = 0) {
  const lines: Line[] = [];
  const log = createLog({
    level: 'trace',
    secrets: [],
    destination: { write: (line) => lines.push(JSON.parse(line)) },
  });
  Object.assign(container, { log });
  const env = { HEALTH_CHECK_HOST: '127.0.0.1', HEALTH_CHECK_PORT: port } as KernelEnvironment;
  const http = new HttpServer(env, log);
  onTestFinished(() => http.close());
  const plugins = [routes].flat().map((each, n) => definePlugin({ name: `pages-${n + 1}`, routes: each }));
  await http.start(plugins.map((plugin) => new MountedPlugin(plugin, {})));
  const url = lines.find(({ address }) => address !== undefined)?.address ?? '';
  return { http, url, port: Number(new URL(url).port), lines };
}

/** A connection on which this has been sent. */
async function open(port: number, text: string): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => socket.destroy());
  await once(socket, 'connect');
  // Without a reader a socket never notices that it was closed.
  socket.resume().write(text);
  return socket;
}

describe('HttpServer', () => {
  it('listens where the environment says, with port 0 on a free port that it logs', async () => {
    const { url, port } = await start((app) => void app.get('/', () => ({ status: 'fine' })));
    expect(port).toBeGreaterThan(0);
    expect(await (await fetch(url)).json()).toEqual({ status: 'fine' });
  });

  it('hides the details of a failure from the caller and logs them', async () => {
    const { url, lines } = await start((app) => {
      app.get('/', () => {
        throw new RangeError('row 7 of table secrets');
      });
    });
    const response = await fetch(url);
    expect(response.status).toBe(500);
    expect(await response.json()).toEqual({ error: 'Internal Server Error' });
    expect(lines.at(-1)).toMatchObject({ level: 'error', err: { message: 'row 7 of table secrets' } });
  });

  it('answers a wrong request with its status and without details, and logs nothing', async () => {
    const { url, lines } = await start((app) => void app.post('/', () => 'never'));
    const before = lines.length;
    const headers = { 'content-type': 'application/json' };
    const broken = await fetch(url, { method: 'POST', headers, body: '{"half' });
    expect([broken.status, await broken.json()]).toEqual([400, { error: 'Bad Request' }]);
    const large = await fetch(url, { method: 'POST', headers, body: JSON.stringify('x'.repeat(1_048_577)) });
    expect([large.status, await large.json()]).toEqual([413, { error: 'Bad Request' }]);
    expect((await fetch(`${url}/nowhere`)).status).toBe(404);
    expect(lines).toHaveLength(before);
  });

  it('keeps what one plugin adds away from the others', async () => {
    const { url } = await start([
      (app) => {
        app.addHook('onSend', async (_request, reply) => void reply.header('x-mark', 'yes'));
        app.get('/marked', () => 'marked');
      },
      (app) => void app.get('/plain', () => 'plain'),
    ]);
    expect((await fetch(`${url}/marked`)).headers.get('x-mark')).toBe('yes');
    expect((await fetch(`${url}/plain`)).headers.get('x-mark')).toBeNull();
  });

  it('names the port and the cure when it is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void other.close());
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const refused = start((app) => void app.get('/', () => 'never'), port);
    await expect(refused).rejects.toThrow(KernelError);
    await expect(refused).rejects.toMatchObject({
      code: 'PortTaken',
      message: `127.0.0.1:${port} cannot be listened on (EADDRINUSE). Set HEALTH_CHECK_PORT to another port, or to 0 for any free one.`,
    });
  });

  it('names the plugin whose routes cannot be added', async () => {
    const refused = start((app) => {
      app.get('/twice', () => '1');
      app.get('/twice', () => '2');
    });
    await expect(refused).rejects.toMatchObject({
      code: 'PluginFailed',
      message: expect.stringMatching(/^The routes of the plugin "pages-1" cannot be added: .*\/twice/),
    });
  });

  it('closes although clients keep connections open: idle, in the middle of a request, and waiting', async () => {
    const waiting = Promise.withResolvers<void>();
    const { http, port } = await start((app) => {
      app.get('/', () => 'fine');
      app.get('/never', () => {
        waiting.resolve();
        return new Promise(() => undefined);
      });
    });
    const idle = await open(port, 'GET / HTTP/1.1\r\nhost: x\r\n\r\n');
    await once(idle, 'data');
    const half = await open(port, 'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nhal');
    const patient = await open(port, 'GET /never HTTP/1.1\r\nhost: x\r\n\r\n');
    await waiting.promise;
    const closed = [idle, half, patient].map((socket) => once(socket, 'close'));
    await http.close();
    await Promise.all(closed);
  });
});
