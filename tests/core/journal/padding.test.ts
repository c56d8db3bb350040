import { open, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Journal } from '../../../src/core/journal/Journal.ts';
import { eventually } from './eventually.ts';
import { appendAll, JournalFolder, readBodies } from './JournalFolder.ts';

const mebibyte = 1024 * 1024;
let folder: JournalFolder;
let file: string;
beforeEach(async () => {
  folder = await JournalFolder.make();
  file = join(folder.path, '000000000001.log');
});
afterEach(async () => {
  vi.restoreAllMocks();
  await folder[Symbol.asyncDispose]();
});

const size = async () => (await stat(file)).size;
const handles = async () => {
  const handle = await open(folder.path, 'r');
  await handle.close();
  return Object.getPrototypeOf(handle);
};

const isZeros = (bytes: Buffer) => bytes.length > 0 && bytes.every((byte) => byte === 0);

/** Puts something before and after each write to a file; the file itself is real. */
async function replaceWrite(around: (bytes: Buffer, write: () => Promise<unknown>) => unknown): Promise<void> {
  const prototype = await handles();
  const real = prototype.write;
  vi.spyOn(prototype, 'write').mockImplementation(async function (this: unknown, ...parameters: unknown[]) {
    return around(parameters[0] as Buffer, () => real.apply(this, parameters));
  });
}

/** A journal with one open entry, and room made for more. */
async function roomy(body = 'x'.repeat(5000)): Promise<Journal> {
  const journal = await folder.open();
  await journal.append('write', body);
  await eventually(size).toBeGreaterThan(mebibyte);
  return journal;
}

describe('room for more entries', () => {
  it('is made ahead, and entries are written into it', async () => {
    const journal = await roomy();
    const before = await size();
    await appendAll(journal, ['y'.repeat(100_000), 'z'.repeat(200_000)]);
    expect(await size()).toBe(before);
    const bytes = await readFile(file);
    expect(bytes.subarray(journal.bytes)).toEqual(Buffer.alloc(before - journal.bytes));
    expect(bytes.subarray(0, journal.bytes)).not.toContain(0);
  });

  it('is blocks of the disk, not a hole in the file', async () => {
    await roomy();
    await eventually(async () => (await stat(file)).blocks * 512).toBeGreaterThanOrEqual(mebibyte);
  });

  it('is made again before it runs out', async () => {
    const journal = await roomy();
    const before = await size();
    await journal.append('write', 'y'.repeat(600_000));
    await eventually(size).toBe(before + mebibyte);
  });

  it('is not made in a file of a few lines, nor beyond the length of a file', async () => {
    const journal = await folder.open({ segmentBytes: 50_000 });
    await journal.append('write', 'short');
    expect(await size()).toBe(journal.bytes);
    await journal.append('write', 'x'.repeat(10_000));
    await eventually(size).toBe(50_000);
    await journal.append('write', 'y'.repeat(30_000));
    expect(await size()).toBe(50_000);
  });

  it('that runs out stops no entry, long or short', async () => {
    const journal = await folder.open();
    const bodies = Array.from({ length: 40 }, (_, n) => String(n % 10).repeat(n % 7 === 0 ? 1_500_000 : 9_000));
    for (const body of bodies) await journal.append('write', body);
    expect(await readBodies(journal)).toEqual(bodies);
    await journal.close();
    expect(await readBodies(await folder.open())).toEqual(bodies);
    expect([...folder.logged('warn'), ...folder.logged('error')]).toEqual([]);
  });

  it('is given back when the file is closed', async () => {
    const journal = await roomy();
    const { bytes } = journal;
    await journal.close();
    expect(await size()).toBe(bytes);
  });

  it('that cannot be made is done without', async () => {
    const journal = await folder.open();
    await replaceWrite((bytes, write) => {
      if (isZeros(bytes)) throw Object.assign(new Error('ENOSPC: no space left'), { code: 'ENOSPC' });
      return write();
    });
    for (const body of ['a', 'b', 'c']) await journal.append('write', body.repeat(5000));
    expect(await size()).toBe(journal.bytes);
    await journal.close();
    expect(await readBodies(await folder.open())).toHaveLength(3);
    expect([...folder.logged('warn'), ...folder.logged('error')]).toEqual([]);
  });

  it('keeps nothing of a refused entry', async () => {
    const journal = await roomy('before'.repeat(1000));
    await replaceWrite(async (bytes, write) => {
      const result = await write();
      if (bytes.includes('refused')) throw Object.assign(new Error('EIO: i/o error'), { code: 'EIO' });
      return result;
    });
    await expect(journal.append('write', 'refused'.repeat(9000))).rejects.toMatchObject({ code: 'JournalUnwritable' });
    expect(await folder.text()).not.toContain('refused');
    await journal.append('write', 'after');
    await journal.close();
    expect(await readBodies(await folder.open())).toEqual(['before'.repeat(1000), 'after']);
  });

  it('never comes over an entry, however long it takes', async () => {
    const journal = await folder.open();
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    const { promise: held, resolve: letGo } = Promise.withResolvers<void>();
    await replaceWrite(async (bytes, write) => {
      if (isZeros(bytes)) {
        begin();
        await held;
      }
      return write();
    });
    await journal.append('write', 'x'.repeat(5000));
    await begun;
    const appended = journal.append('write', 'y'.repeat(5000));
    // Time enough to be written, were it not to wait.
    for (let n = 0; n < 50; n += 1) await size();
    letGo();
    await appended;
    await journal.close();
    expect(await readBodies(await folder.open())).toEqual(['x'.repeat(5000), 'y'.repeat(5000)]);
  });
});

describe('a file in which nothing is open', () => {
  it('is emptied and written again, so that a steady stream makes no files', async () => {
    const journal = await roomy();
    journal.settle((await journal.read(undefined, 1)).entries);
    const { ino } = await stat(file);
    for (let round = 0; round < 3; round += 1) {
      for (let n = 0; n < 40; n += 1) journal.settle([await journal.append('answer', 'secret'.repeat(2_000))]);
      await eventually(() => journal.bytes).toBe(0);
      expect(await folder.text()).not.toContain('secret');
      expect((await stat(file)).ino).toBe(ino);
    }
    expect(await folder.segments()).toEqual(['000000000001.log']);
    await journal.append('answer', 'next');
    expect(await readBodies(journal)).toEqual(['next']);
    await journal.close();
    expect(await readBodies(await folder.open())).toEqual(['next']);
    expect([...folder.logged('warn'), ...folder.logged('error')]).toEqual([]);
  });

  it('goes where it cannot be emptied', async () => {
    const journal = await roomy('secret'.repeat(60_000));
    await replaceWrite((bytes, write) => {
      if (isZeros(bytes)) throw Object.assign(new Error('EIO: i/o error'), { code: 'EIO' });
      return write();
    });
    journal.settle((await journal.read(undefined, 10)).entries);
    await eventually(() => folder.segments()).toEqual([]);
    await journal.append('write', 'next');
    expect(await readBodies(journal)).toEqual(['next']);
    expect(await journal.deadLetters.list()).toEqual([]);
  });

  it('goes where it tells what is settled of other files: they could come back without it', async () => {
    const before = await folder.open();
    const [a, b] = await appendAll(before, ['a', 'b']);
    await before.close();
    if (!a || !b) throw new Error('Two were appended.');
    file = join(folder.path, '000000000002.log');
    const journal = await folder.open();
    journal.settle([a]);
    const entry = await journal.append('write', 'secret'.repeat(60_000));
    await eventually(size).toBeGreaterThan(mebibyte);
    journal.settle([b, entry]);
    await eventually(() => folder.segments()).toEqual([]);
  });

  it('gives nobody who is reading it what is not there', async () => {
    const journal = await roomy('x'.repeat(300_000));
    const { entries } = await journal.read(undefined, 1);
    const prototype = await handles();
    const real = prototype.read;
    vi.spyOn(prototype, 'read').mockImplementationOnce(async function (this: unknown, ...parameters: unknown[]) {
      journal.settle(entries);
      await eventually(() => journal.bytes).toBe(0);
      await journal.append('write', 'next');
      return real.apply(this, parameters);
    });
    expect((await journal.read(undefined, 1)).entries.map(({ body }) => body)).toEqual(['next']);
    expect(await journal.deadLetters.list()).toEqual([]);
    expect(await folder.segments()).toEqual(['000000000001.log']);
  });
});
