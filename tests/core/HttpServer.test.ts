import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { KernelError } from '../../src/core/errors.ts';
import { openSocket, startHttp } from './http/startHttp.ts';

describe('HttpServer', () => {
  it('listens where the environment says, with port 0 on a free port that it logs', async () => {
    const { url, port } = await startHttp((app) => void app.get('/', () => ({ status: 'fine' })));
    expect(port).toBeGreaterThan(0);
    expect(await (await fetch(url)).json()).toEqual({ status: 'fine' });
  });

  it('hides the details of a failure from the caller and logs them', async () => {
    const { url, lines } = await startHttp((app) => {
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
    const { url, lines } = await startHttp((app) => void app.post('/', () => 'never'));
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
    const { url } = await startHttp([
      (app) => {
        app.addHook('onSend', async (_request, reply) => void reply.header('x-mark', 'yes'));
        app.get('/marked', () => 'marked');
      },
      (app) => void app.get('/plain', () => 'plain'),
    ]);
    expect((await fetch(`${url}/marked`)).headers.get('x-mark')).toBe('yes');
    expect((await fetch(`${url}/plain`)).headers.get('x-mark')).toBeNull();
  });

  it('adds routes while it listens, and takes them away again: then they are an unknown address like any other', async () => {
    const { http, url } = await startHttp((app) => void app.get('/first', () => 'first'));
    const open = () =>
      http.open('later', (app) => {
        app.get('/later', () => 'later');
        app.post('/later', async ({ body }) => body);
      });
    const post = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"a":1}' };
    const look = async (path: string, request: RequestInit = {}) => {
      const response = await fetch(`${url}${path}`, request);
      const headers = Object.fromEntries([...response.headers].filter(([name]) => name !== 'date'));
      return { status: response.status, headers, body: await response.text() };
    };
    const unknown = await look('/nowhere');
    expect(unknown.status).toBe(404);
    for (const _again of [1, 2]) {
      const close = await open();
      expect((await look('/later')).body).toBe('later');
      expect(await look('/later', post)).toMatchObject({ status: 200, body: '{"a":1}' });
      expect((await look('/first')).body).toBe('first');
      await close();
      expect(await look('/later')).toEqual(unknown);
      expect(await look('/later', post)).toEqual(await look('/nowhere', post));
      expect((await look('/first')).body).toBe('first');
    }
  });

  it('lets a request end whose route is taken away, and waits for it', async () => {
    const { http, url } = await startHttp([]);
    const begun = Promise.withResolvers<void>();
    const gate = Promise.withResolvers<string>();
    const close = await http.open('slow', (app) => {
      app.get('/slow', () => {
        begun.resolve();
        return gate.promise;
      });
    });
    const answer = fetch(`${url}/slow`).then((response) => response.text());
    await begun.promise;
    const order: string[] = [];
    const closed = close().then(() => order.push('closed'));
    expect((await fetch(`${url}/slow`)).status).toBe(404);
    order.push('gone');
    gate.resolve('done');
    expect(await answer).toBe('done');
    await closed;
    expect(order).toEqual(['gone', 'closed']);
  });

  it('refuses a route that another plugin has', async () => {
    const refused = startHttp([(app) => void app.get('/same', () => '1'), (app) => void app.get('/same', () => '2')]);
    await expect(refused).rejects.toMatchObject({
      code: 'PluginFailed',
      message: 'The routes of the plugin "pages-2" cannot be added: another plugin has the route GET /same.',
    });
  });

  it('names the port and the cure when it is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void other.close());
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const refused = startHttp((app) => void app.get('/', () => 'never'), port);
    await expect(refused).rejects.toThrow(KernelError);
    await expect(refused).rejects.toMatchObject({
      code: 'PortTaken',
      message: `127.0.0.1:${port} cannot be listened on (EADDRINUSE). Set HEALTH_CHECK_PORT to another port, or to 0 for any free one.`,
    });
  });

  it('names the plugin whose routes cannot be added', async () => {
    const refused = startHttp((app) => {
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
    const { http, port } = await startHttp((app) => {
      app.get('/', () => 'fine');
      app.get('/never', () => {
        waiting.resolve();
        return new Promise(() => undefined);
      });
    });
    const idle = await openSocket(port, 'GET / HTTP/1.1\r\nhost: x\r\n\r\n');
    await once(idle, 'data');
    const half = await openSocket(port, 'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nhal');
    const patient = await openSocket(port, 'GET /never HTTP/1.1\r\nhost: x\r\n\r\n');
    await waiting.promise;
    const closed = [idle, half, patient].map((socket) => once(socket, 'close'));
    await http.close();
    await Promise.all(closed);
  });
});
