import { once } from 'node:events';
import { setInterval as every } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { openSocket, startHttp } from './startHttp.ts';

describe('the HTTP server', { concurrent: true }, () => {
  it.each([
    ['says nothing', '', undefined],
    ['sends its headers slowly', 'GET / HTTP/1.1\r\nx-slow: ', 'x'],
    [
      'sends its body slowly',
      'POST / HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n',
      'x',
    ],
  ])('lets go of a client that %s', { timeout: 20_000 }, async (_, text, drop) => {
    const { port, lines } = await startHttp((app) => void app.post('/', () => 'never'));
    const socket = await openSocket(port, text);
    const answered = once(socket, 'data').then(([chunk]) => String(chunk));
    const closed = once(socket, 'close').then(() => 'closed' as const);
    if (drop !== undefined) {
      for await (const _beat of every(500)) {
        if (socket.destroyed) break;
        socket.write(drop);
      }
    }
    await closed;
    expect(await answered).toMatch(/^HTTP\/1\.1 408 /);
    expect(lines.filter(({ level }) => level === 'error')).toEqual([]);
  });
});
