import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FaultProxy } from '../../../src/testing/network/FaultProxy.ts';
import { TcpEnd } from './TcpEnd.ts';

describe('FaultProxy', () => {
  let proxy: FaultProxy;
  let parts: AsyncDisposableStack;
  let atServer: TcpEnd[];
  let server: Server;

  beforeEach(async () => {
    parts = new AsyncDisposableStack();
    atServer = [];
    const sockets = new Set<Socket>();
    server = createServer((socket) => {
      sockets.add(socket);
      atServer.push(new TcpEnd(socket));
    }).listen(0, '127.0.0.1');
    parts.defer(async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    });
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    proxy = parts.use(await FaultProxy.start({ host: '127.0.0.1', port }));
  });
  afterEach(() => parts.disposeAsync());

  function dial(): TcpEnd {
    const socket = connect({ host: proxy.host, port: proxy.port });
    parts.defer(() => {
      socket.destroy();
    });
    return new TcpEnd(socket);
  }

  /** A connection all the way through, both ends. */
  async function talk(): Promise<{ client: TcpEnd; server: TcpEnd }> {
    const arrived = once(server, 'connection');
    const client = dial();
    await arrived;
    return { client, server: atServer.at(-1) as TcpEnd };
  }

  it('passes everything on, both ways and to both ends, and counts', async () => {
    const { client, server } = await talk();
    client.says('question');
    expect(await server.hears(8)).toBe('question');
    server.says('the answer');
    expect(await client.hears(10)).toBe('the answer');
    client.socket.end();
    await once(server.socket, 'end');
    expect(await client.gone()).toBe('ended');
    expect(proxy.connections).toBe(1);
    expect(proxy.bytes).toEqual({ toServer: 8, toClient: 10 });
  });

  it('delivers what is said after the other side has ended its half', async () => {
    const { client, server } = await talk();
    server.socket.allowHalfOpen = true;
    client.socket.end('all of it');
    await once(server.socket, 'end');
    server.socket.end('thank you');
    expect(await client.hears(9)).toBe('thank you');
    expect(server.received).toBe('all of it');
  });

  it.each([0, 5])('carries more than a socket buffers, whole, with a latency of %i ms', async (latency) => {
    const { client, server } = await talk();
    proxy.latency(latency);
    const much = 'many bytes '.repeat(500_000);
    client.says(much);
    expect(await server.hears(much.length)).toBe(much);
  });

  it('passes a reset on to the other side', async () => {
    const { client, server } = await talk();
    const gone = client.gone();
    server.socket.resetAndDestroy();
    expect(await gone).toBe('ECONNRESET');
  });

  it('resets its client when the server cannot be reached', async () => {
    await using nowhere = await FaultProxy.start({ host: '127.0.0.1', port: 1 });
    const client = new TcpEnd(connect({ host: nowhere.host, port: nowhere.port }));
    expect(await client.gone()).toBe('ECONNRESET');
  });

  it('refuses: cuts what is open, refuses what is new, and is back on the same port', async () => {
    const { client, server } = await talk();
    const { port } = proxy;
    const gone = Promise.all([client.gone(), server.gone()]);
    await proxy.refuse();
    expect(await gone).toEqual(['ended', 'ended']);
    expect(await dial().gone()).toBe('ECONNREFUSED');
    await proxy.heal();
    expect(proxy.port).toBe(port);
    const later = await talk();
    later.client.says('hello');
    expect(await later.server.hears(5)).toBe('hello');
  });

  it('is a black hole for an open connection, which is cut when it heals: it has lost something', async () => {
    const { client, server } = await talk();
    proxy.blackHole();
    const swallowed = once(proxy, 'swallowed');
    client.says('lost');
    expect(await swallowed).toEqual(['toServer', 4]);
    expect([client.socket.closed, server.socket.closed]).toEqual([false, false]);
    const gone = Promise.all([client.gone(), server.gone()]);
    await proxy.heal();
    expect(await gone).toEqual(['ECONNRESET', 'ECONNRESET']);
    expect(server.received).toBe('');
    expect(proxy.bytes.toServer).toBe(0);
  });

  it('accepts in a black hole, tells the server nothing of it, and cuts the connection when it heals', async () => {
    proxy.blackHole();
    const client = dial();
    const swallowed = once(proxy, 'swallowed');
    client.says('hello?');
    await swallowed;
    expect(atServer).toHaveLength(0);
    const gone = client.gone();
    await proxy.heal();
    expect(await gone).toBe('ECONNRESET');
    expect(proxy.open).toBe(0);
  });

  it('cuts a connection that came in a black hole even when nothing was said on it', async () => {
    proxy.blackHole();
    const accepted = once(proxy, 'connection');
    const client = dial();
    await accepted;
    const gone = client.gone();
    await proxy.heal();
    expect(await gone).toBe('ECONNRESET');
  });

  it('lets a connection that lost nothing in a black hole go on', async () => {
    const { client, server } = await talk();
    proxy.blackHole();
    await proxy.heal();
    client.says('still there');
    expect(await server.hears(11)).toBe('still there');
  });

  it('swallows the answers only, when told so', async () => {
    proxy.blackHole('toClient');
    const { client, server } = await talk();
    client.says('please commit');
    expect(await server.hears(13)).toBe('please commit');
    const swallowed = once(proxy, 'swallowed');
    server.says('done');
    expect(await swallowed).toEqual(['toClient', 4]);
    expect(client.received).toBe('');
  });

  it('swallows the end of a connection as well: the server does not see its client go', async () => {
    const { client, server } = await talk();
    proxy.blackHole();
    const swallowed = once(proxy, 'swallowed');
    client.socket.end();
    expect(await swallowed).toEqual(['toServer', 0]);
    expect(server.socket.readableEnded).toBe(false);
    const gone = server.gone();
    await proxy.heal();
    expect(await gone).toBe('ECONNRESET');
  });

  it('resets what is open; new connections work', async () => {
    const { client, server } = await talk();
    const gone = Promise.all([client.gone(), server.gone()]);
    proxy.reset();
    expect(await gone).toEqual(['ECONNRESET', 'ECONNRESET']);
    const later = await talk();
    later.client.says('again');
    expect(await later.server.hears(5)).toBe('again');
  });

  it('holds bytes back for the latency, in order, and lets them go when it heals', async () => {
    const { client, server } = await talk();
    proxy.latency(3_600_000, 'toServer');
    client.says('one ');
    client.says('two');
    // The other direction is quick: when it has been used a few times, the bytes above have had their chance.
    for (let round = 1; round <= 5; round += 1) {
      server.says('!');
      await client.hears(round);
    }
    expect(server.received).toBe('');
    await proxy.heal();
    expect(await server.hears(7)).toBe('one two');
  });

  it('trickles when slow, and goes on at once when it heals', async () => {
    const { client, server } = await talk();
    proxy.slow(40, 'toServer');
    client.says('0123456789'.repeat(1_000));
    await server.hears(4);
    const { length } = server.received;
    expect(length).toBeLessThan(100);
    await proxy.heal();
    expect((await server.hears(10_000)).length).toBe(10_000);
  });

  it('cuts every connection after so many bytes of a direction', async () => {
    const first = await talk();
    first.client.says('before');
    await first.server.hears(6);
    proxy.cutAfter(5, 'toServer');
    for (const { client, server } of [first, await talk()]) {
      const gone = Promise.all([client.gone(), server.gone()]);
      const { length } = server.received;
      client.says('123');
      await server.hears(length + 3);
      client.says('4567');
      await gone;
      expect(server.received.slice(length)).toBe('12345');
    }
  });

  it('cuts on the first byte when none may pass', async () => {
    proxy.cutAfter(0, 'toClient');
    const { client, server } = await talk();
    const gone = client.gone();
    server.says('x');
    await gone;
    expect(client.received).toBe('');
  });

  it('cuts one connection only, once', async () => {
    const spared = await talk();
    const { client, server } = await talk();
    proxy.cutOnceAfter(3, 'toServer');
    const cut = once(proxy, 'cut');
    client.says('12345');
    expect(await cut).toEqual(['toServer']);
    await server.gone();
    expect(server.received).toBe('123');
    spared.client.says('12345');
    expect(await spared.server.hears(5)).toBe('12345');
    const later = await talk();
    later.client.says('12345');
    expect(await later.server.hears(5)).toBe('12345');
  });
});
