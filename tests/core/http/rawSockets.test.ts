import { once } from 'node:events';
import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { openSocket, startHttp } from './startHttp.ts';

/** Everything that is answered on a connection until the other side closes it. */
async function answerOn(socket: Socket): Promise<string> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(socket, 'close');
  return Buffer.concat(chunks).toString();
}

describe('the HTTP server', () => {
  it.each([
    ['headers of more than 16 KiB', `GET / HTTP/1.1\r\nhost: x\r\nx-large: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
    ['something that is not HTTP', 'Hello?\r\n\r\n', 400],
    ['two lengths of one body', 'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\na', 400],
    ['no host', 'GET / HTTP/1.1\r\n\r\n', 400],
  ])('refuses %s and closes the connection', async (_, text, status) => {
    const { port } = await startHttp((app) => void app.get('/', () => 'never'));
    const answer = await answerOn(await openSocket(port, text));
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(answer).not.toContain('xxxx');
  });

  it('refuses a body above the limit before it has come', async () => {
    const { port } = await startHttp((app) => void app.post('/', () => 'never'));
    const head = 'POST / HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 2000000\r\n\r\n';
    const socket = await openSocket(port, head);
    const [chunk] = await once(socket, 'data');
    expect(String(chunk)).toMatch(/^HTTP\/1\.1 413 /);
  });

  it('answers requests that come in one piece, in their order', async () => {
    const { port } = await startHttp((app) => void app.get('/:n', ({ params }) => `[${(params as { n: string }).n}]`));
    const numbers = Array.from({ length: 20 }, (_, n) => n);
    const last = 'GET /last HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n';
    const text = numbers.map((n) => `GET /${n} HTTP/1.1\r\nhost: x\r\n\r\n`).join('') + last;
    const answer = await answerOn(await openSocket(port, text));
    expect([...answer.matchAll(/\[(\w+)\]/g)].map(([, n]) => n)).toEqual([...numbers.map(String), 'last']);
  });

  it('holds 256 connections, closes those above, and takes new ones when some have gone', async () => {
    const { url, port } = await startHttp((app) => {
      app.get('/', () => 'fine');
      app.get('/never', () => new Promise(() => undefined));
    });
    const closed = Promise.withResolvers<void>();
    let left = 300;
    const sockets = await Promise.all(
      Array.from({ length: 300 }, () => openSocket(port, 'GET /never HTTP/1.1\r\nhost: x\r\n\r\n')),
    );
    for (const socket of sockets) {
      if (socket.destroyed) left -= 1;
      else
        socket.once('close', () => {
          left -= 1;
          if (left === 256) closed.resolve();
        });
    }
    if (left > 256) await closed.promise;
    expect(left).toBe(256);
    const gone = sockets.filter((socket) => !socket.destroyed).map((socket) => once(socket.destroy(), 'close'));
    await Promise.all(gone);
    expect(await (await fetch(url)).text()).toBe('fine');
  });

  it.each(['/', '/nowhere', '/broken'])('protects whoever looks at %s with a browser', async (path) => {
    const { url } = await startHttp((app) => {
      app.get('/', () => 'fine');
      app.get('/broken', () => {
        throw new Error('a bug');
      });
    });
    const { headers } = await fetch(`${url}${path}`);
    expect(headers.get('content-security-policy')).toBe("default-src 'none';frame-ancestors 'none'");
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    // Whether the host speaks TLS is the proxy's to say.
    expect(headers.get('strict-transport-security')).toBeNull();
  });

  it.each([
    ['there is nothing', '/nowhere?token=secret', 404, 'Not Found'],
    ['it cannot be read', '/%zz?token=secret', 400, 'Bad Request'],
    ['a part of it is too long', `/of/${'x'.repeat(101)}?token=secret`, 414, 'Bad Request'],
  ])('does not repeat what was asked for where %s', async (_what, path, status, error) => {
    const { url } = await startHttp((app) => void app.get('/of/:id', () => 'fine'));
    const response = await fetch(`${url}${path}`);
    expect([response.status, await response.json()]).toEqual([status, { error }]);
  });
});
