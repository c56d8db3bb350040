import type { ServerResponse } from 'node:http';
import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
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
      if (faults.push(fault) === 32) enough.resolve();
    });
    await enough.promise;
    expect((await inUse()) - before).toBeLessThan(20 * mebibyte);
    for (const response of held) response.destroy();
    await Promise.all(calls);
    expect(faults).toEqual([...Array(32).fill('too large'), ...Array(8).fill('cut')]);
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
    const stream = toLines(run([`{"output":"Hi","actions":[${'[],'.repeat(120_000)}[]]}`]));
    const before = await inUse();
    const readers = Array.from({ length: 20 }, () => new ReplyReader(() => undefined));
    for (const reader of readers) reader.take(stream);
    expect((await inUse()) - before).toBeLessThan(20 * mebibyte);
    for (const reader of readers) expect(reader.finish()).toMatchObject({ text: 'Hi' });
    for (const reader of readers) expect(reader.held).toBeGreaterThan(360_000);
  });

  it.each([
    ['many', '[],'.repeat(300_000)],
    ['a long one', `{"type":"${'x'.repeat(900_000)}"},`],
    ['a large one', `{"type":"flushMemory","more":[${'[],'.repeat(300_000)}[]]},`],
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
    const held = new Set<ServerResponse>();
    const url = await serve((_request, response) => {
      held.add(response.on('close', () => held.delete(response)));
      response.write(stream + toLines([item('the end', 'last')]));
    });
    const workflow = workflowAt(url);
    const before = await inUse();
    const newest: string[] = [];
    const calls = Array.from({ length: 20 }, (_, n) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      const fault = failure(workflow, turnOf(String(n)), (text) => {
        newest[n] = text;
        if (text.endsWith('the end')) resolve();
      });
      return { fault, drafted: Promise.race([promise, fault]) };
    });
    await Promise.all(calls.map(({ drafted }) => drafted));
    expect((await inUse()) - before).toBeLessThan(20 * mebibyte);
    for (const response of held) response.destroy();
    expect(await Promise.all(calls.map(({ fault }) => fault))).toMatchObject(Array(20).fill({ fault: 'cut' }));
  });
});
