import type { ServerResponse } from 'node:http';
import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
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
});
