import { randomBytes } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { dataFile } from '../src/dataFile.ts';

async function* pieces(json: string | Buffer, length = 2 ** 16): AsyncGenerator<Buffer, void> {
  const bytes = Buffer.from(json);
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length);
}
const mebibytes = (n: number): number => n * 2 ** 20;

it('is the text as it is, while Discord takes it', async () => {
  const file = await dataFile('mydata', pieces('{"name":"Grüße"}', 3));
  expect(file?.name).toBe('mydata.json');
  expect(file?.attachment.toString()).toBe('{"name":"Grüße"}');
});

it('is packed by its bytes, not by its letters, when it is larger', async () => {
  const text = 'ü'.repeat(mebibytes(5.5));
  const file = await dataFile('mydata', pieces(text));
  expect(file?.name).toBe('mydata.json.gz');
  expect(file?.attachment.length).toBeLessThan(mebibytes(10));
  expect(gunzipSync(file?.attachment ?? '').toString()).toBe(text);
});

it('is none when it is too large even so', async () => {
  expect(await dataFile('mydata', pieces(randomBytes(mebibytes(14)).toString('base64')))).toBeUndefined();
});

it.each([0, 11])('fails when what it is made of fails, after %i MiB', async (before) => {
  const failing = async function* (): AsyncGenerator<Buffer, void> {
    yield* pieces('x'.repeat(mebibytes(before)));
    throw new Error('There is no more.');
  };
  await expect(dataFile('mydata', failing())).rejects.toThrow('There is no more.');
});
