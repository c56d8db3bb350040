import { once } from 'node:events';
import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { createGzip, gzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Workflow } from '../../../src/plugins/n8n-bridge/Workflow.ts';
import { WorkflowError, type WorkflowFault } from '../../../src/plugins/n8n-bridge/WorkflowError.ts';
import { toPayload } from '../../../src/plugins/n8n-bridge/WorkflowPayload.ts';
import { StandInWorkflow } from '../../../src/simulator/StandInWorkflow.ts';

const secret = 'open-sesame';
const headers = { 'X-Steward-Key': secret };
const at = new Date('2026-02-12T19:00:00.000Z');
const turn = { id: '7', channelId: '2', userId: '3', username: 'ada', text: 'my diagnosis', attachments: [], at };
const history = [{ userMessage: 'before', aiResponse: 'answer', timestamp: at }];
const payload = toPayload(turn, { history, warnings: 1 }, true);

/** Longer than any test takes: what it ends is meant to be waited for by nobody. */
const patient = 20_000;

function workflowAt(url: string, timeout = patient): Workflow {
  return new Workflow({ url, timeout, headers });
}

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => sockets.add(socket));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhook`;
}

const serve = (answer: RequestListener): Promise<string> => listen(createServer(answer));

/** Calls a workflow that is expected to give no answer. */
async function failure(workflow: Workflow): Promise<WorkflowError> {
  const error = await workflow.call(payload).catch((reason: unknown) => reason);
  if (!(error instanceof WorkflowError)) throw new Error(`Not a WorkflowError: ${JSON.stringify(error)}`);
  return error;
}

async function startStandIn(): Promise<StandInWorkflow> {
  const standIn = await StandInWorkflow.start();
  onTestFinished(() => standIn.stop());
  return standIn;
}

describe('a call of the workflow', () => {
  it('posts the turn as JSON, with the header that n8n asks for, and returns the answer', async () => {
    const standIn = await startStandIn();
    standIn.answer = () => ({ body: { output: 'Hi', tokens: 3 } });
    const workflow = workflowAt(standIn.url);
    expect(workflow.health).toEqual({ state: 'unknown' });
    expect(await workflow.call(payload)).toEqual({ text: 'Hi', tokens: 3 });
    const call = await standIn.nextCall();
    expect(call.headers).toMatchObject({ 'x-steward-key': secret, 'content-type': 'application/json' });
    expect(call.body).toEqual({
      turnId: '7',
      messageId: '7',
      channelId: '2',
      userId: '3',
      username: 'ada',
      message: 'my diagnosis',
      timestamp: '2026-02-12T19:00:00.000Z',
      conversationContext: [{ userMessage: 'before', aiResponse: 'answer', timestamp: '2026-02-12T19:00:00.000Z' }],
      attachments: [],
      warnings: 1,
    });
    expect(workflow.health).toEqual({ state: 'answering' });
  });

  it('sends no history where the workflow keeps its own', () => {
    expect(toPayload(turn, { history, warnings: 0 }, false).conversationContext).toEqual([]);
  });

  it('takes the plain text that n8n labels as HTML', async () => {
    const standIn = await startStandIn();
    standIn.answer = () => ({ body: 'Just text', contentType: 'text/html; charset=utf-8' });
    expect(await workflowAt(standIn.url).call(payload)).toEqual({ text: 'Just text' });
  });

  it('joins characters that arrive in pieces', async () => {
    const url = await serve(async (_request, response) => {
      for (const byte of Buffer.from('{"output":"Grüße 🎉"}')) {
        response.write(Buffer.of(byte));
        await new Promise((resolve) => setImmediate(resolve));
      }
      response.end();
    });
    expect(await workflowAt(url).call(payload)).toMatchObject({ text: 'Grüße 🎉' });
  });

  it('takes an answer of just under 1 MiB', async () => {
    const text = 'x'.repeat(1_048_576 - '{"output":""}'.length);
    const url = await serve((_request, response) => response.end(JSON.stringify({ output: text })));
    expect((await workflowAt(url).call(payload)).text).toHaveLength(text.length);
  });

  it('takes a compressed answer', async () => {
    const url = await serve((_request, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('{"output":"Hi"}')),
    );
    expect(await workflowAt(url).call(payload)).toMatchObject({ text: 'Hi' });
  });

  it('does not follow a redirect, which could lead anywhere with the secret header', async () => {
    let visited = false;
    const target = await serve((_request, response) => {
      visited = true;
      response.end('{"output":"trapped"}');
    });
    for (const status of [301, 302, 303, 307, 308]) {
      const url = await serve((_request, response) => response.writeHead(status, { location: target }).end());
      expect(await failure(workflowAt(url))).toMatchObject({ fault: 'redirected' });
    }
    expect(visited).toBe(false);
  });

  it('is one call: a failed one is not repeated, as n8n may have run the workflow', async () => {
    const standIn = await startStandIn();
    standIn.answer = () => ({ status: 503, body: { message: 'Database is not ready!' } });
    await failure(workflowAt(standIn.url));
    expect(standIn.calls).toHaveLength(1);
  });
});

const answers: [what: string, fault: WorkflowFault, status: number, body: string, contentType: string][] = [
  ['an unknown webhook', 'not found', 404, '{"code":404,"message":"not registered"}', 'application/json'],
  ['a wrong header', 'refused', 403, 'Authorization data is wrong!', 'text/plain'],
  ['missing credentials', 'refused', 401, '', 'text/plain'],
  ['a call that it does not understand', 'rejected', 422, '{"code":422}', 'application/json'],
  ['a failing node', 'failed', 500, '{"message":"Error in workflow"}', 'application/json'],
  ['a proxy that has no n8n behind it', 'failed', 502, '<html>502 Bad Gateway</html>', 'text/html'],
  ['nothing', 'empty', 200, '', 'text/html'],
  ['no content', 'empty', 204, '', 'text/html'],
  ['a page', 'html', 200, '<!DOCTYPE html><title>n8n</title>', 'text/html'],
  ['half an object', 'unreadable', 200, '{"output":"Hel', 'application/json'],
  ['a body above 1 MiB', 'too large', 200, JSON.stringify({ output: 'x'.repeat(1_048_576) }), 'application/json'],
];

describe('a workflow that misbehaves', () => {
  it.each(answers)('is reported: %s (%s)', async (_what, fault, status, body, contentType) => {
    const standIn = await startStandIn();
    standIn.answer = () => ({ status, body, contentType });
    const workflow = workflowAt(standIn.url);
    const error = await failure(workflow);
    expect(error).toMatchObject({ fault, code: fault });
    if (status >= 300) expect(error.message).toContain(`HTTP ${status}.`);
    expect(workflow.health).toEqual({ state: 'failing', lastFault: fault });
  });

  it('is reported: nobody listens', async () => {
    const server = createTcpServer();
    const url = await listen(server);
    server.close();
    await once(server, 'close');
    expect(await failure(workflowAt(url))).toMatchObject({ fault: 'unreachable' });
  });

  it('is reported: it cuts the connection instead of answering', async () => {
    const standIn = await startStandIn();
    standIn.answer = () => ({ body: null, cut: true });
    expect(await failure(workflowAt(standIn.url))).toMatchObject({ fault: 'unreachable' });
  });

  it('is reported: it resets the connection in the middle of the answer', async () => {
    const url = await listen(
      createTcpServer((socket) => {
        socket.on('error', () => socket.destroy());
        socket.once('data', () => {
          socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"output":"Hel', () => socket.resetAndDestroy());
        });
      }),
    );
    expect(await failure(workflowAt(url))).toMatchObject({ fault: 'unreachable' });
  });

  it('is reported: it speaks no HTTP', async () => {
    const url = await listen(
      createTcpServer((socket) => socket.on('error', () => socket.destroy()).end('220 smtp\r\n')),
    );
    expect(await failure(workflowAt(url))).toMatchObject({ fault: 'unreachable' });
  });

  it('is given up after the time-out, while it thinks', async () => {
    const gone = Promise.withResolvers<void>();
    const url = await serve((request) => request.socket.once('close', () => gone.resolve()));
    expect(await failure(workflowAt(url, 100))).toMatchObject({ fault: 'timeout' });
    await gone.promise;
  });

  it('is given up after the time-out, though its answer drips on', async () => {
    const dripping = new Set<NodeJS.Timeout>();
    onTestFinished(() => dripping.forEach(clearInterval));
    const url = await serve((_request, response) => {
      response.write('{"output":"');
      dripping.add(setInterval(() => response.write('x'), 10));
    });
    expect(await failure(workflowAt(url, 200))).toMatchObject({ fault: 'timeout' });
  });

  it('is refused as soon as its answer is too large, and hung up on', async () => {
    const hungUp = Promise.withResolvers<void>();
    const url = await serve((request, response) => {
      request.socket.once('close', () => hungUp.resolve());
      // Neither is ever ended.
      response.write(Buffer.alloc(1_048_577, 'x'));
    });
    expect(await failure(workflowAt(url))).toMatchObject({ fault: 'too large' });
    await hungUp.promise;
  });

  it('is refused as soon as its small compressed answer has become too large', async () => {
    const hungUp = Promise.withResolvers<void>();
    let sent = 0;
    const url = await serve((request, response) => {
      request.socket.once('close', () => hungUp.resolve());
      bomb(response.writeHead(200, { 'content-encoding': 'gzip' }), 50 * 1_048_576, (bytes) => {
        sent += bytes;
      });
    });
    expect(await failure(workflowAt(url))).toMatchObject({ fault: 'too large' });
    await hungUp.promise;
    expect(sent).toBeGreaterThan(0);
    expect(sent).toBeLessThan(100_000);
  });

  it('answers again, and is reported as answering with the fault of before', async () => {
    const standIn = await startStandIn();
    const workflow = workflowAt(standIn.url);
    standIn.answer = () => ({ body: '' });
    await failure(workflow);
    standIn.answer = () => ({ body: 'Hi' });
    await workflow.call(payload);
    expect(workflow.health).toEqual({ state: 'answering', lastFault: 'empty' });
  });

  it('puts neither the secret nor a text into its error or its health', async () => {
    const url = await serve((request, response) => {
      response.writeHead(500).end(`${request.headers['x-steward-key']} my diagnosis`);
    });
    const quoting = workflowAt(url);
    const unreachable = workflowAt('http://127.0.0.1:1/webhook');
    for (const workflow of [quoting, unreachable]) {
      const error = await failure(workflow);
      const causes: unknown[] = [];
      for (let each: unknown = error; each instanceof Error; each = each.cause) causes.push(each.message, each.stack);
      const shown = JSON.stringify([causes, error, workflow.health]);
      expect(shown).not.toContain(secret);
      expect(shown).not.toContain('my diagnosis');
    }
  });
});

/** Sends so many zeros compressed, and leaves the answer open. */
function bomb(response: ServerResponse, size: number, onSent: (bytes: number) => void): void {
  const gzip = createGzip();
  gzip.on('data', (chunk: Buffer) => {
    onSent(chunk.length);
    response.write(chunk);
  });
  gzip.write(Buffer.alloc(size));
  gzip.flush();
}
