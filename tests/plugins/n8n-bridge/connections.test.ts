import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { createServer as createTcpServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { HttpClient } from '../../../src/plugins/n8n-bridge/HttpClient.ts';
import type { WorkflowFault } from '../../../src/plugins/n8n-bridge/WorkflowError.ts';
import { failure, listen, payload, workflowAt } from './surroundings.ts';

const run = promisify(execFile);
const good = 'HTTP/1.1 200 OK\r\ncontent-length: 15\r\n\r\n{"output":"Hi"}';
const ok = 'HTTP/1.1 200 OK\r\n';

/** Answers with large texts, no two of which are alike; `sent` has them by what was asked. */
function answering(sent: Map<string, Buffer>): RequestListener {
  return async (request, response) => {
    const asked = Buffer.concat(await request.toArray()).toString();
    const body = Buffer.from(randomBytes(400_000).toString('hex'));
    sent.set(asked, body);
    if (asked.endsWith('0')) response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(body, { level: 1 }));
    else response.end(body);
  };
}

/** A certificate that nobody vouches for. */
async function makeCertificate(): Promise<{ key: Buffer; cert: Buffer }> {
  const folder = await mkdtemp(join(tmpdir(), 'steward-certificate-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const kind = [
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-subj',
    '/CN=localhost',
  ];
  await run('openssl', ['req', ...kind, '-keyout', key, '-out', cert]);
  return { key: await readFile(key), cert: await readFile(cert) };
}

const hasOpenssl = await run('openssl', ['version']).then(
  () => true,
  () => false,
);

/** Twenty people ask five times each; which answers were not what was sent. */
async function wrongAnswers(url: string, sent: ReadonlyMap<string, Buffer>): Promise<string[]> {
  const client = new HttpClient(url);
  const { signal } = new AbortController();
  const wrong: string[] = [];
  const person = async (_: unknown, n: number) => {
    for (let turn = 0; turn < 5; turn += 1) {
      const asked = `${n}/${turn}`;
      const { body } = await client.post({ headers: {}, body: asked, signal });
      const answer = Buffer.concat(await body.toArray());
      if (!sent.get(asked)?.equals(answer)) wrong.push(asked);
    }
  };
  await Promise.all(Array.from({ length: 20 }, person));
  return wrong;
}

/** A server that does with each connection what it is told when a request has come. */
const rawServer = (onRequest: (socket: Socket, request: number) => void): Promise<string> => {
  let requests = 0;
  return listen(
    createTcpServer((socket) => {
      socket.on('error', () => socket.destroy());
      socket.on('data', () => {
        requests += 1;
        onRequest(socket, requests);
      });
    }),
  );
};

const header = (bytes: number): string => `x-long: ${'x'.repeat(bytes)}\r\n`;

/** What a server sends before it closes the connection, and what that is for the workflow; undefined where it answered. */
const oddities: [what: string, sent: string, fault: WorkflowFault | undefined][] = [
  ['nothing', '', 'cut'],
  ['half a status line', 'HTTP/1.1 20', 'cut'],
  ['half of the headers', `${ok}content-le`, 'cut'],
  ['another protocol', '220 smtp\r\n', 'unreachable'],
  ['bytes', '\0\x01\x02\xff\xfe\r\n\r\n', 'unreachable'],
  ['a header that is too long', `${ok}${header(100_000)}\r\n`, 'unreachable'],
  ['too many headers', `${ok}${header(10).repeat(20_000)}\r\n`, 'unreachable'],
  ['trailers that are too long', `${ok}transfer-encoding: chunked\r\n\r\n0\r\n${header(100_000)}\r\n`, 'cut'],
  ['two lengths', `${ok}content-length: 2\r\ncontent-length: 3\r\n\r\nHi`, 'unreachable'],
  ['a negative length', `${ok}content-length: -1\r\n\r\nHi`, 'unreachable'],
  ['a length and chunks', `${ok}content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`, 'unreachable'],
  ['a chunk without a length', `${ok}transfer-encoding: chunked\r\n\r\nzz\r\nHi\r\n`, 'cut'],
  ['half a chunk', `${ok}transfer-encoding: chunked\r\n\r\nff\r\nHi`, 'cut'],
  ['less than it promised', `${ok}content-length: 100\r\n\r\nHi`, 'cut'],
  ['another protocol, which nobody asked for', 'HTTP/1.1 101 Go\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n', 'cut'],
  ['only that it goes on', 'HTTP/1.1 100 Continue\r\n\r\n', 'cut'],
  ['that it goes on, very often', 'HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n'.repeat(5_000), 'cut'],
  ['that it goes on, and its answer', `HTTP/1.1 102 Processing\r\n\r\n${good}`, undefined],
  ['its answer twice', good + good, undefined],
  ['its answer and more', `${good}and more`, undefined],
  ['an answer without a length', `${ok}\r\n{"output":"Hi"}`, undefined],
  ['an answer of long ago', 'HTTP/1.0 200 OK\r\n\r\n{"output":"Hi"}', undefined],
  ['a status of its own', 'HTTP/1.1 999 What\r\ncontent-length: 0\r\n\r\n', 'failed'],
  ['a body that is no gzip', `${ok}content-encoding: gzip\r\ncontent-length: 2\r\n\r\nHi`, 'unreadable'],
  ['an error that is no gzip', 'HTTP/1.1 500 No\r\ncontent-encoding: gzip\r\ncontent-length: 2\r\n\r\nHi', 'failed'],
  ['a compression nobody asked for', `${ok}content-encoding: br\r\ncontent-length: 2\r\n\r\nHi`, 'unreadable'],
  ['an error so compressed', 'HTTP/1.1 503 No\r\ncontent-encoding: br\r\ncontent-length: 2\r\n\r\nHi', 'unavailable'],
];

describe('a connection', () => {
  it('brings everybody the bytes that were sent to them', { timeout: 60_000 }, async () => {
    const sent = new Map<string, Buffer>();
    expect(await wrongAnswers(await listen(createServer(answering(sent))), sent)).toEqual([]);
    expect(sent.size).toBe(100);
  });

  it.skipIf(!hasOpenssl)('does so when it is encrypted', { timeout: 60_000 }, async () => {
    const sent = new Map<string, Buffer>();
    const url = await listen(createSecureServer(await makeCertificate(), answering(sent)));
    // https://nodejs.org/api/cli.html#node_tls_reject_unauthorizedvalue
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    onTestFinished(() => void vi.unstubAllEnvs());
    expect(await wrongAnswers(url.replace('http:', 'https:'), sent)).toEqual([]);
    expect(sent.size).toBe(100);
  });

  it.each(oddities)('may bring %s', async (_what, sent, fault) => {
    const url = await rawServer((socket) => socket.end(sent, 'latin1'));
    const workflow = workflowAt(url);
    if (fault === undefined) expect(await workflow.call(payload)).toMatchObject({ text: 'Hi' });
    else expect(await failure(workflow)).toMatchObject({ fault });
  });

  it('is not used again after what came over it unasked', async () => {
    const sockets: Socket[] = [];
    const url = await rawServer((socket) => {
      sockets.push(socket);
      socket.write(good);
    });
    const workflow = workflowAt(url);
    expect(await workflow.call(payload)).toMatchObject({ text: 'Hi' });
    // A connection is free a moment after its answer has ended.
    await turnOfTheLoop();
    const [first] = sockets as [Socket];
    const closed = once(first, 'close');
    first.write(good.replace('Hi', 'No'));
    await closed;
    expect(await workflow.call(payload)).toMatchObject({ text: 'Hi' });
    expect(new Set(sockets).size).toBe(2);
  });

  it('is not used again after the server has closed it', async () => {
    const closed = Promise.withResolvers<void>();
    const url = await rawServer((socket, request) => {
      if (request === 1) socket.once('close', () => closed.resolve()).end(good);
      else socket.write(good);
    });
    const workflow = workflowAt(url);
    for (let call = 0; call < 2; call += 1) {
      expect(await workflow.call(payload)).toMatchObject({ text: 'Hi' });
      if (call === 0) await closed.promise;
    }
  });

  it('is not used again after a call was given up', async () => {
    const sockets = new Set<Socket>();
    const url = await rawServer((socket, request) => {
      sockets.add(socket);
      socket.write(request === 1 ? `${ok}content-length: 100\r\n\r\n{"output":"` : good);
    });
    const client = new HttpClient(url);
    const giveUp = new AbortController();
    const post = (signal: AbortSignal) => client.post({ headers: {}, body: '{}', signal });
    const { body } = await post(giveUp.signal);
    giveUp.abort(new Error('given up'));
    await expect(body.toArray()).rejects.toThrow('given up');
    const next = await post(new AbortController().signal);
    expect(Buffer.concat(await next.body.toArray()).toString()).toBe('{"output":"Hi"}');
    expect(sockets.size).toBe(2);
  });

  it('that breaks when it is used again breaks one call, which may have been taken and is not made twice', async () => {
    const sockets: Socket[] = [];
    const url = await rawServer((socket, request) => {
      sockets.push(socket);
      if (request === 2) socket.resetAndDestroy();
      else socket.write(good);
    });
    const workflow = workflowAt(url);
    await workflow.call(payload);
    await turnOfTheLoop();
    expect(await failure(workflow)).toMatchObject({ fault: 'cut' });
    expect(sockets).toHaveLength(2);
    expect(sockets[1]).toBe(sockets[0]);
    expect(await workflow.call(payload)).toMatchObject({ text: 'Hi' });
  });

  it('brings an answer that is given before the request has been read', async () => {
    const server = createTcpServer((socket) =>
      socket
        .on('error', () => socket.destroy())
        .pause()
        .write(good),
    );
    const client = new HttpClient(await listen(server));
    const { signal } = new AbortController();
    const { body } = await client.post({ headers: {}, body: 'x'.repeat(20_000_000), signal });
    expect(Buffer.concat(await body.toArray()).toString()).toBe('{"output":"Hi"}');
  });

  it('is given up while it is being made', async () => {
    // It takes connections and never says hello.
    const server = createTcpServer((socket) => socket.on('error', () => socket.destroy()));
    const url = (await listen(server)).replace('http:', 'https:');
    const giveUp = new AbortController();
    const post = new HttpClient(url).post({ headers: {}, body: '{}', signal: giveUp.signal });
    const connected = once(server, 'connection');
    const failed = expect(post).rejects.toThrow('given up');
    const [socket] = (await connected) as [Socket];
    const closed = once(socket.resume(), 'close');
    giveUp.abort(new Error('given up'));
    await failed;
    await closed;
  });
});
