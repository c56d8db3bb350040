import { randomBytes } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { dataFile } from '../src/dataFile.ts';

const mebibytes = (n: number): number => n * 2 ** 20;

it('is the text as it is, while Discord takes it', async () => {
  const file = await dataFile('mydata', Buffer.from('{"name":"Grüße"}'));
  expect(file?.name).toBe('mydata.json');
  expect(file?.attachment.toString()).toBe('{"name":"Grüße"}');
});

it('is packed by its bytes, not by its letters, when it is larger', async () => {
  const text = 'ü'.repeat(mebibytes(5.5));
  const file = await dataFile('mydata', Buffer.from(text));
  expect(file?.name).toBe('mydata.json.gz');
  expect(file?.attachment.length).toBeLessThan(mebibytes(10));
  expect(gunzipSync(file?.attachment ?? '').toString()).toBe(text);
});

it('is none when it is too large even so', async () => {
  expect(await dataFile('mydata', Buffer.from(randomBytes(mebibytes(14)).toString('base64')))).toBeUndefined();
});
