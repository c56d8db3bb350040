import { createServer } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { createGzip, gzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { StandInAnswer } from '../../../src/simulator/StandInWorkflow.ts';
import { begin, end, failed, item, keepAlive, run, toLines } from './streamEvents.ts';
import { callingAt, failure, listen, metric, payload, serve, startStandIn, workflowAt } from './surroundings.ts';

/** A workflow that streams this to every call. */
async function streaming(stream: StandInAnswer['stream'], rest: Omit<StandInAnswer, 'stream'> = {}) {
  const standIn = await startStandIn();
  standIn.answer = () => ({ stream: stream ?? [], ...rest });
  return callingAt(standIn.url);
}

describe('a workflow that streams', () => {
  it('has its answer drafted while it writes, and the call counts until it has ended', async () => {
    const [firstSeen, goOn] = [Promise.withResolvers<string>(), Promise.withResolvers<void>()];
    const { workflow, metrics } = await streaming(
      (async function* () {
        yield* [begin(), item('Hel')];
        await goOn.promise;
        yield* [item('lo'), end()];
      })(),
    );
    const drafts: string[] = [];
    const call = workflow.call(payload, (text) => {
      drafts.push(text);
      firstSeen.resolve(text);
    });
    expect(await firstSeen.promise).toBe('Hel');
    expect(await metric(metrics, 'steward_workflow_calls_in_flight')).toBe(1);
    goOn.resolve();
    expect(await call).toMatchObject({ text: 'Hello' });
    expect(drafts.at(-1)).toBe('Hello');
    expect(await metric(metrics, 'steward_workflow_calls_total', { outcome: 'answered' })).toBe(1);
    expect(workflow.health).toEqual({ state: 'answering' });
  });

  it('may take its time, with keep-alives, tools and other labels', async () => {
    const stream = [keepAlive, ...run(['Let me look.']), '\n', keepAlive, ...run(['It is 5.'])];
    for (const contentType of ['application/json; charset=utf-8', 'text/html', 'application/x-ndjson', 'image/png'])
      expect(await (await streaming(stream, { contentType })).workflow.call(payload)).toMatchObject({
        text: 'Let me look.\n\nIt is 5.',
      });
  });

  it('is understood byte by byte', async () => {
    const bytes = Buffer.from(toLines(run(['Grüße ', '🎉'])));
    const { workflow } = await streaming(Array.from(bytes, (byte) => Buffer.of(byte)));
    expect(await workflow.call(payload)).toMatchObject({ text: 'Grüße 🎉' });
  });

  it('is understood compressed, and drafted before it has ended', async () => {
    const drafted = Promise.withResolvers<void>();
    const url = await serve(async (_request, response) => {
      const gzip = createGzip();
      gzip.pipe(response.writeHead(200, { 'content-encoding': 'gzip' }));
      gzip.write(toLines([begin(), item('Hel')]));
      gzip.flush();
      await drafted.promise;
      gzip.end(toLines([item('lo'), end()]));
    });
    expect(await workflowAt(url).call(payload, () => drafted.resolve())).toMatchObject({ text: 'Hello' });
  });

  it('has answered with its last chunk, though it keeps the connection open', async () => {
    const server = createServer({ keepAliveTimeout: 60_000 }, (_request, response) =>
      response.end(toLines(run(['Hi']))),
    );
    expect(await workflowAt(await listen(server)).call(payload)).toMatchObject({ text: 'Hi' });
  });
});

describe('a workflow that misbehaves while it streams', () => {
  it.each([
    ['an error', 'failed', [begin(), item('Hel'), failed], {}],
    ['a page in the middle', 'html', [begin(), item('Hel'), '<html>\n<h1>502</h1>\n'], {}],
    ['half a line in the middle', 'unreadable', [begin(), '{"type":"it\n', end()], {}],
    ['a stream without an end', 'cut', [begin(), item('Hel')], {}],
    ['a stream that is cut', 'cut', [begin(), item('Hel')], { cut: true }],
    ['a stream that is cut behind an end, which may not be the last', 'cut', run(['Hel']), { cut: true }],
    ['nothing', 'empty', [], {}],
    ['a text that nobody can see', 'empty', run([' ', '\0']), {}],
    ['keep-alives without end', 'too large', endless(keepAlive), {}],
    ['line ends without end', 'too large', endless('\n'.repeat(10_000)), {}],
    ['one line without end', 'too large', endless('x'.repeat(10_000)), {}],
    ['a text without end', 'too large', endless(item('x'.repeat(1_000))), {}],
  ] as const)('is reported: %s (%s)', async (_what, fault, stream, rest) => {
    const { workflow } = await streaming(stream, rest);
    expect(await failure(workflow)).toMatchObject({ fault });
    expect(workflow.health).toEqual({ state: 'failing', lastFault: fault });
  });

  it('is reported: it resets the connection in the middle', async () => {
    const chunk = toLines([begin(), item('Hel')]);
    const head = `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${chunk.length.toString(16)}\r\n${chunk}\r\n`;
    const drafted = Promise.withResolvers<void>();
    const url = await listen(
      createTcpServer((socket) => {
        socket.on('error', () => socket.destroy());
        socket.once('data', () => socket.write(head));
        drafted.promise.then(() => socket.resetAndDestroy());
      }),
    );
    const error = await workflowAt(url)
      .call(payload, () => drafted.resolve())
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ fault: 'cut' });
  });

  it('is hung up on as soon as its stream is none', async () => {
    const hungUp = Promise.withResolvers<void>();
    const url = await serve((request, response) => {
      request.socket.once('close', () => hungUp.resolve());
      // It is never ended.
      response.write(`${toLines([begin()])}oops\n`);
    });
    expect(await failure(workflowAt(url))).toMatchObject({ fault: 'unreadable' });
    await hungUp.promise;
  });

  it('is given up after the time-out, though it writes on, and though all that began has ended', async () => {
    const dripping = new Set<NodeJS.Timeout>();
    onTestFinished(() => dripping.forEach(clearInterval));
    const drip = await serve((_request, response) => {
      response.write(toLines([begin()]));
      dripping.add(setInterval(() => response.write(toLines([item('x')])), 10));
    });
    const drafts: string[] = [];
    const dripped = workflowAt(drip, { timeout: 300 }).call(payload, (text) => drafts.push(text));
    await expect(dripped).rejects.toMatchObject({ fault: 'timeout' });
    expect(drafts.length).toBeGreaterThan(1);
    const open = await serve((_request, response) => response.write(toLines(run(['Let me look.']))));
    expect(await failure(workflowAt(open, { timeout: 300 }))).toMatchObject({ fault: 'timeout' });
  });

  it('is refused as soon as its small compressed stream has become too large', async () => {
    const lines = `${toLines([begin()])}${toLines([keepAlive]).repeat(500_000)}`;
    const url = await serve((_request, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).write(gzipSync(lines)),
    );
    expect(await failure(workflowAt(url))).toMatchObject({ fault: 'too large' });
  });

  it('is not away for it, as it is there to stream', async () => {
    const { workflow } = await streaming([begin(), item('Hel')]);
    for (let call = 0; call < 8; call += 1)
      expect(await failure(workflow)).toMatchObject({ fault: 'cut', status: 200 });
  });

  it('puts no text into its error', async () => {
    const diagnosis = item('my diagnosis');
    for (const stream of [
      [begin(), diagnosis, failed],
      [begin(), diagnosis],
      [begin(), diagnosis, 'my diagnosis\n'],
    ]) {
      const error = await failure((await streaming(stream)).workflow);
      expect(JSON.stringify([error, error.message, error.stack, error.cause])).not.toContain('diagnosis');
    }
  });
});

function* endless(piece: string | object): Generator<string | object> {
  yield begin();
  for (;;) yield piece;
}
