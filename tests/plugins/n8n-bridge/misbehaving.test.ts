import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { createGzip, gzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { WorkflowFault } from '../../../src/plugins/n8n-bridge/WorkflowError.ts';
import { deadAddress, failure, listen, payload, secret, serve, startStandIn, workflowAt } from './surroundings.ts';

// n8n 2's own sentences.
const unknownWebhook = (hint: string): string =>
  JSON.stringify({ code: 404, message: 'The requested webhook "POST steward" is not registered.', hint });
const productionHint =
  "The workflow must be active for a production URL to run successfully. You can activate the workflow using the toggle in the top-right of the editor. Note that unlike test URL calls, production URL calls aren't shown on the canvas (only in the executions list)";
const testHint =
  "Click the 'Execute workflow' button on the canvas, then try again. (In test mode, the webhook only works for one call after you click this button)";
const wrongMethod =
  '{"code":404,"message":"This webhook is not registered for POST requests. Did you mean to make a GET request?"}';

const answers: [what: string, fault: WorkflowFault, status: number, body: string, contentType: string][] = [
  ['an inactive workflow', 'inactive', 404, unknownWebhook(productionHint), 'application/json'],
  ['a test URL', 'test url', 404, unknownWebhook(testHint), 'application/json'],
  ['a webhook for GET', 'wrong method', 404, wrongMethod, 'application/json'],
  ['a method that a proxy does not take', 'wrong method', 405, '', 'text/html'],
  ['an n8n that starts', 'not found', 404, '<pre>Cannot POST /webhook/steward</pre>', 'text/html'],
  ['a long page that ends in the hint', 'not found', 404, `${'x'.repeat(9_000)}${productionHint}`, 'text/html'],
  ['a wrong header', 'refused', 403, 'Authorization data is wrong!', 'text/plain'],
  ['missing credentials', 'refused', 401, '', 'text/plain'],
  ['a call that it does not understand', 'rejected', 422, '{"code":422}', 'application/json'],
  ['a failing node', 'failed', 500, '{"message":"Error in workflow"}', 'application/json'],
  ['a proxy that has no n8n behind it', 'unavailable', 502, '<html>502 Bad Gateway</html>', 'text/html'],
  ['an n8n without its database', 'unavailable', 503, '{"message":"Database is not ready!"}', 'application/json'],
  ['a proxy that waited too long', 'proxy timeout', 504, '<html>504 Gateway Time-out</html>', 'text/html'],
  ['n8n Cloud after 100 s', 'proxy timeout', 524, '<html>524: A timeout occurred</html>', 'text/html'],
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
    expect(await failure(workflowAt(await deadAddress()))).toMatchObject({ fault: 'unreachable' });
  });

  it('is reported: it cuts the connection instead of answering', async () => {
    const standIn = await startStandIn();
    standIn.answer = () => ({ body: null, cut: true });
    expect(await failure(workflowAt(standIn.url))).toMatchObject({ fault: 'cut' });
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
    expect(await failure(workflowAt(url))).toMatchObject({ fault: 'cut' });
  });

  it('is reported: it speaks no HTTP', async () => {
    const url = await listen(
      createTcpServer((socket) => socket.on('error', () => socket.destroy()).end('220 smtp\r\n')),
    );
    expect(await failure(workflowAt(url))).toMatchObject({ fault: 'unreachable' });
  });

  it('is reported: it says that its answer is compressed, and it is not', async () => {
    for (const encoding of ['gzip', 'br', 'deflate']) {
      const url = await serve((_request, response) =>
        response.writeHead(200, { 'content-encoding': encoding }).end('{"output":"Hi"}'),
      );
      expect(await failure(workflowAt(url)), encoding).toMatchObject({ fault: 'unreadable' });
    }
  });

  it('is reported: its compressed answer ends too early', async () => {
    const half = gzipSync(JSON.stringify({ output: randomBytes(5_000).toString('hex') })).subarray(0, 2_000);
    const url = await serve((_request, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(half));
    expect(await failure(workflowAt(url))).toMatchObject({ fault: 'unreadable' });
  });

  it('is reported at once: an error status with a body that never ends', async () => {
    for (const [status, fault] of [
      [500, 'failed'],
      [404, 'not found'],
    ] as const) {
      const url = await serve((_request, response) => response.writeHead(status).write('x'.repeat(20_000)));
      expect(await failure(workflowAt(url))).toMatchObject({ fault });
    }
  });

  it('is answered for all the same when it names a charset that its answer is not in', async () => {
    for (const charset of ['utf-16', 'iso-8859-1', 'klingon']) {
      const url = await serve((_request, response) =>
        response.writeHead(200, { 'content-type': `application/json; charset=${charset}` }).end('{"output":"Grüße"}'),
      );
      expect(await workflowAt(url).call(payload), charset).toMatchObject({ text: 'Grüße' });
    }
  });

  it('is answered for with a replacement character when its answer is not UTF-8', async () => {
    const url = await serve((_request, response) => response.end(Buffer.from('{"output":"Gr\xfcn"}', 'latin1')));
    expect(await workflowAt(url).call(payload)).toMatchObject({ text: 'Gr\ufffdn' });
  });

  it('is given up after the time-out, while it thinks', async () => {
    const gone = Promise.withResolvers<void>();
    const url = await serve((request) => request.socket.once('close', () => gone.resolve()));
    expect(await failure(workflowAt(url, { timeout: 100 }))).toMatchObject({ fault: 'timeout' });
    await gone.promise;
  });

  it('is given up after the time-out, though its answer drips on', async () => {
    const dripping = new Set<NodeJS.Timeout>();
    onTestFinished(() => dripping.forEach(clearInterval));
    const url = await serve((_request, response) => {
      response.write('{"output":"');
      dripping.add(setInterval(() => response.write('x'), 10));
    });
    expect(await failure(workflowAt(url, { timeout: 200 }))).toMatchObject({ fault: 'timeout' });
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
