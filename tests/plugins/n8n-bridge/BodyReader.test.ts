import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { BodyReader } from '../../../src/plugins/n8n-bridge/BodyReader.ts';
import { decompress } from '../../../src/plugins/n8n-bridge/decompress.ts';

/** Takes pieces and keeps nothing, except how many bytes they had. */
const measure = () => {
  const lengths: number[] = [];
  return { lengths, held: 0, take: (piece: Uint8Array) => void lengths.push(piece.byteLength) };
};

/** Bytes with a memory of their own, as Node's parser of HTTP gives them. */
const own = (bytes: Uint8Array) => Buffer.from(Uint8Array.from(bytes).buffer);

const compressed = (body: Readable): Readable =>
  decompress(Object.assign(body, { headers: { 'content-encoding': 'gzip' } }) as unknown as IncomingMessage);

describe('a body', () => {
  it('is taken in the pieces that came, however many wait, and each is freed when it has been read', async () => {
    const pieces = [1_000, 2_000, 3_000].map((length) => own(Buffer.alloc(length, 'x')));
    const body = new Readable({ highWaterMark: 1, read: () => undefined });
    for (const piece of [...pieces, null]) body.push(piece);
    const taker = measure();
    await new BodyReader().read(body, taker);
    expect(taker.lengths).toEqual([1_000, 2_000, 3_000]);
    expect(pieces.map(({ buffer }) => buffer.byteLength)).toEqual([0, 0, 0]);
  });

  it('that is compressed comes in pieces that can be freed, which those of the pool of Node cannot', async () => {
    const pieces: Buffer[] = [];
    const body = compressed(Readable.from([gzipSync(randomBytes(300_000))]));
    body.on('data', (piece: Buffer) => pieces.push(piece));
    await once(body, 'end');
    expect(Buffer.concat(pieces)).toHaveLength(300_000);
    for (const { buffer } of pieces) expect(buffer.byteLength).toBeLessThan(Buffer.poolSize);
  });

  it('that is compressed is not read ahead of what has been decompressed, and its pieces are freed', async () => {
    const bytes = gzipSync(randomBytes(200_000));
    const pieces = Array.from({ length: 40 }, (_, n) => own(bytes.subarray(n * 5_010, (n + 1) * 5_010)));
    let read = 0;
    const source = new Readable({
      highWaterMark: 1,
      read() {
        this.push(pieces[read] ?? null);
        read += 1;
      },
    });
    const body = compressed(source);
    await once(body, 'readable');
    expect(read).toBeLessThan(10);
    const taker = measure();
    await expect(new BodyReader().read(body, taker)).resolves.toBeUndefined();
    expect(taker.lengths.reduce((sum, length) => sum + length, 0)).toBe(200_000);
    expect(pieces.every(({ buffer }) => buffer.byteLength === 0)).toBe(true);
  });

  it('that is closed before its end is waited for no longer', async () => {
    const body = new Readable({ read: () => undefined });
    const read = expect(new BodyReader().read(body, measure())).rejects.toThrow('before its end');
    body.destroy();
    await read;
  });

  it.each([['reset'], ['before its end']])('that was closed before it is read is not waited for: %s', async (why) => {
    const body = new Readable({ read: () => undefined });
    body.on('error', () => undefined).destroy(why === 'reset' ? new Error(why) : undefined);
    await new Promise((resolve) => body.once('close', resolve));
    await expect(new BodyReader().read(body, measure())).rejects.toThrow(why);
  });
});
