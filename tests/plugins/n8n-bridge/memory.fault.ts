import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { gzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parseReply } from '../../../src/plugins/n8n-bridge/parseReply.ts';
import { ReplyReader } from '../../../src/plugins/n8n-bridge/ReplyReader.ts';
import { begin, item, run, toLines } from './streamEvents.ts';
import { failure, serve, turnOf, workflowAt } from './surroundings.ts';

const mebibyte = 1_048_576;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Bytes that are in use, garbage left out; the stand-in's own are in them. */
async function inUse(): Promise<number> {
  // What is freed may free more.
  for (let round = 0; round < 3; round += 1) {
    collectGarbage();
    await turnOfTheLoop();
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

describe('a hostile workflow', () => {
  it('cannot fill the memory with many answers that are just not too large and do not end', async () => {
    const piece = Buffer.alloc(mebibyte - 1_000, 'x');
    const held = new Set<ServerResponse>();
    const url = await serve((_request, response) => {
      held.add(response.on('close', () => held.delete(response)));
      response.write(piece);
    });
    const workflow = workflowAt(url, { maxConcurrent: 40 });
    const before = await inUse();
    const faults: string[] = [];
    const enough = Promise.withResolvers<void>();
    const calls = Array.from({ length: 40 }, async (_, n) => {
      const { fault } = await failure(workflow, turnOf(String(n)));
      if (faults.push(fault) === 38) enough.resolve();
    });
    await enough.promise;
    expect((await inUse()) - before).toBeLessThan(20 * mebibyte);
    for (const response of held) response.destroy();
    await Promise.all(calls);
    expect(faults).toEqual([...Array(38).fill('too large'), ...Array(2).fill('cut')]);
  });

  it('cannot keep small answers of others out with many large ones that do not end', async () => {
    const held = new Set<ServerResponse>();
    const url = await serve((request, response) => {
      request.on('data', (body: Buffer) => {
        if (body.includes('"userId":"small"')) response.end('{"output":"Hi"}');
        else response.write(Buffer.alloc(900_000, 'x'), () => held.add(response));
      });
    });
    const workflow = workflowAt(url, { maxConcurrent: 40 });
    const calls = Array.from({ length: 20 }, (_, n) => failure(workflow, turnOf(String(n))));
    // Most are given up, so that the others have come as far as they ever will.
    await Promise.race(calls);
    for (let n = 0; n < 20; n += 1) expect(await workflow.call(turnOf('small'))).toMatchObject({ text: 'Hi' });
    for (const response of held) response.destroy();
    await Promise.all(calls);
  });

  it('cannot fill it with answers that are much too large, compressed or not, one after the other', async () => {
    const huge = Buffer.alloc(10 * mebibyte, 'x');
    const bomb = gzipSync(Buffer.alloc(50 * mebibyte));
    const answers: [Buffer, Record<string, string>][] = [
      [huge, {}],
      [bomb, { 'content-encoding': 'gzip' }],
    ];
    let calls = 0;
    const url = await serve((_request, response) => {
      const [body, headers] = answers[calls % 2] ?? [];
      calls += 1;
      response.writeHead(200, headers).end(body);
    });
    const workflow = workflowAt(url);
    expect(await failure(workflow)).toMatchObject({ fault: 'too large' });
    const before = await inUse();
    let most = 0;
    for (let call = 0; call < 6; call += 1) {
      expect(await failure(workflow)).toMatchObject({ fault: 'too large' });
      most = Math.max(most, (await inUse()) - before);
    }
    expect(most).toBeLessThan(20 * mebibyte);
  });

  it('cannot fill it with what a Respond node says beside its text', async () => {
    const stream = toLines(
      run([`{"output":"Hi","actions":[${'[],'.repeat(45_000)}[]],"more":"${'x'.repeat(300_000)}"}`]),
    );
    const before = await inUse();
    const readers = Array.from({ length: 20 }, () => new ReplyReader(() => undefined));
    for (const reader of readers) reader.take(Buffer.from(stream));
    expect((await inUse()) - before).toBeLessThan(20 * mebibyte);
    for (const reader of readers) expect(reader.finish()).toMatchObject({ text: 'Hi' });
    for (const reader of readers) expect(reader.held).toBeGreaterThan(360_000);
  });

  it.each([
    ['many', '[],'.repeat(45_000)],
    ['a long one', `{"type":"${'x'.repeat(900_000)}"},`],
    ['a large one', `{"type":"flushMemory","more":[${'[],'.repeat(45_000)}[]]},`],
  ])('cannot fill it with the actions of replies: %s', async (_what, actions) => {
    const before = await inUse();
    const replies = Array.from({ length: 20 }, (_, n) =>
      parseReply(`{"output":"${n}","actions":[${actions}{"type":"warn","reason":"x"}]}`),
    );
    expect((await inUse()) - before).toBeLessThan(10 * mebibyte);
    expect(replies.at(-1)).toMatchObject({ text: '19', actions: expect.any(Array) });
  });

  const plain = (content: string) => `{"type":"item","content":"${content}"}\n`;
  const upToTheLimit = (line: string): string => line.repeat(Math.floor((mebibyte - 5_000) / line.length));
  const streams: [what: string, stream: string][] = [
    ['one letter at a time', toLines([begin()]) + upToTheLimit(plain('x'))],
    ['two letters at a time', toLines([begin()]) + upToTheLimit(plain('x!'))],
    ['one short run after the other', upToTheLimit(toLines(run(['Hi'])))],
    [
      'many at a time',
      Array.from({ length: 30 }, (_, n) => toLines([begin(`${n}`)])).join('') + upToTheLimit(plain('x')),
    ],
    ['with endless names', toLines(Array.from({ length: 30 }, (_, n) => begin(`${n}`.repeat(8_000))))],
    ['many times begun', upToTheLimit(toLines([begin(), item('x'.repeat(5_000))]))],
  ];

  it.each(streams)('cannot fill it with many streams that do not end: %s', async (_what, stream) => {
    const sockets = new Set<Socket>();
    const onSocket = (message: unknown) => sockets.add((message as { socket: Socket }).socket);
    subscribe('net.client.socket', onSocket);
    onTestFinished(() => void unsubscribe('net.client.socket', onSocket));
    const held = new Set<ServerResponse>();
    const url = await serve((_request, response) => {
      held.add(response.on('close', () => held.delete(response)));
      response.write(stream);
    });
    const workflow = workflowAt(url);
    const before = await inUse();
    const calls = Array.from({ length: 20 }, (_, n) => failure(workflow, turnOf(String(n))));
    const isRead = (socket: Socket) => socket.destroyed || socket.bytesRead >= stream.length;
    while (sockets.size < 20 || ![...sockets].every(isRead)) await turnOfTheLoop();
    expect((await inUse()) - before).toBeLessThan(20 * mebibyte);
    for (const response of held) response.destroy();
    const faults = (await Promise.all(calls)).map(({ fault }) => fault);
    expect(faults.filter((fault) => fault !== 'cut' && fault !== 'too large')).toEqual([]);
  });
});
