import { open, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { eventually } from './eventually.ts';
import { appendAll, appendOneByOne, JournalFolder, readAll, readBodies } from './JournalFolder.ts';

let folder: JournalFolder;
beforeEach(async () => {
  folder = await JournalFolder.make();
});
afterEach(async () => {
  vi.restoreAllMocks();
  await folder[Symbol.asyncDispose]();
});

describe('an entry', () => {
  it('is given back as it was appended, by this run and by the next', async () => {
    const journal = await folder.open({ now: () => 1_790_000_000_000 });
    const body = { text: 'a\nb "ü" \u2028 \ud800 😀', list: [1, null], deep: { no: false } };
    const entry = await journal.append('answer', body, { person: '123' });
    const expected = { kind: 'answer', person: '123', at: 1_790_000_000_000, body, segment: 1 };
    expect(entry).toEqual({ id: expect.stringMatching(/^[0-9a-f]{16}-1$/), ...expected });
    expect(await readAll(journal)).toEqual([entry]);
    await journal.close();
    expect(await readAll(await folder.open())).toEqual([entry]);
  });

  it('need not be about a person', async () => {
    const entry = await (await folder.open()).append('claim', null);
    expect(entry).toMatchObject({ person: undefined, body: null });
  });

  it('that is no JSON is refused, and does not stand in the way of others', async () => {
    const journal = await folder.open();
    const circle: { self?: unknown } = {};
    circle.self = circle;
    await expect(journal.append('write', circle)).rejects.toThrow(TypeError);
    await expect(journal.append('write', { n: 1n })).rejects.toThrow(TypeError);
    await journal.append('write', 'fine');
    expect(await readBodies(journal)).toEqual(['fine']);
  });

  it('is one line that people can read, with its checksum and its length', async () => {
    const { id, at } = await (await folder.open()).append('write', 'ü', { person: '1' });
    const json = JSON.stringify({ id, kind: 'write', person: '1', at, body: 'ü' });
    const text = await readFile(join(folder.path, '000000000001.log'), 'utf8');
    expect(text).toMatch(/^[0-9a-f]{8} /);
    expect(text.slice(9)).toBe(`${Buffer.byteLength(json)} ${json}\n`);
  });

  it('is on the disk before it is acknowledged, and so is the name of its file', async () => {
    const steps: string[] = [];
    const prototype = Object.getPrototypeOf(await openAndClose(folder.path));
    for (const step of ['datasync', 'sync'] as const) {
      const real = prototype[step];
      vi.spyOn(prototype, step).mockImplementation(async function (this: unknown) {
        await real.call(this);
        steps.push(step);
      });
    }
    const journal = await folder.open();
    await journal.append('write', 1).then(() => steps.push('acknowledged'));
    await journal.append('write', 2).then(() => steps.push('acknowledged'));
    expect(steps).toEqual(['datasync', 'sync', 'acknowledged', 'datasync', 'acknowledged']);
  });

  it('goes to the disk together with those that are appended during a sync', async () => {
    const prototype = Object.getPrototypeOf(await openAndClose(folder.path));
    const journal = await folder.open();
    const syncs = vi.spyOn(prototype, 'datasync');
    const real = prototype.write;
    const more: Promise<unknown>[] = [];
    vi.spyOn(prototype, 'write').mockImplementationOnce(function (this: unknown, ...parameters: unknown[]) {
      for (let n = 1; n < 100; n += 1) more.push(journal.append('write', n));
      return real.apply(this, parameters);
    });
    await journal.append('write', 0);
    await Promise.all(more);
    expect(syncs).toHaveBeenCalledTimes(2);
    expect(await readBodies(journal)).toEqual(Array.from({ length: 100 }, (_, n) => n));
  });
});

describe('ids', () => {
  it('never come again, not even when an old copy of the folder is used', async () => {
    const seen = new Set<string>();
    for (let run = 0; run < 3; run += 1) {
      await using copy = await JournalFolder.make();
      const journal = await copy.open();
      for (const { id } of await appendAll(journal, [1, 2])) seen.add(id);
    }
    expect(seen.size).toBe(6);
  });
});

describe('reading', () => {
  it('goes on where it was, and finds what was appended since', async () => {
    const journal = await folder.open({ segmentBytes: 300 });
    await appendOneByOne(journal, 10);
    const first = await journal.read(undefined, 4);
    const second = await journal.read(first.next, 100);
    const third = await journal.read(second.next, 100);
    expect([first, second, third].map(({ entries }) => entries.map(({ body }) => body))).toEqual([
      [0, 1, 2, 3],
      [4, 5, 6, 7, 8, 9],
      [],
    ]);
    await journal.append('write', 'late');
    expect((await journal.read(third.next, 100)).entries.map(({ body }) => body)).toEqual(['late']);
    expect(await journal.read(first.next, 100)).toMatchObject({ entries: { length: 7 } });
  });

  it('from the end of an empty journal finds what comes', async () => {
    const journal = await folder.open();
    const { entries, next } = await journal.read(undefined, 5);
    expect(entries).toEqual([]);
    await journal.append('write', 'first');
    expect((await journal.read(next, 5)).entries).toHaveLength(1);
  });

  it('goes past what was settled and removed meanwhile', async () => {
    const journal = await folder.open({ segmentBytes: 300 });
    const entries = await appendOneByOne(journal, 30);
    const { next } = await journal.read(undefined, 2);
    journal.settle(entries.slice(0, 20));
    await eventually(async () => (await folder.segments()).length).toBeLessThan(8);
    expect((await journal.read(next, 100)).entries.map(({ body }) => body)).toEqual(
      Array.from({ length: 10 }, (_, n) => n + 20),
    );
  });

  it('while files go away never fails and never gives what is not there', async () => {
    const journal = await folder.open({ segmentBytes: 300 });
    const entries = await appendOneByOne(journal, 200);
    const read = Promise.all(Array.from({ length: 20 }, () => readAll(journal, 7)));
    for (const entry of entries) {
      journal.settle([entry]);
      await journal.append('write', 'more');
    }
    for (const found of await read) {
      const ids = found.map(({ id }) => id);
      expect(new Set(ids).size).toBe(ids.length);
    }
    expect((await readBodies(journal)).every((body) => body === 'more')).toBe(true);
  });

  it('gives fewer entries than asked for when they are long', async () => {
    const journal = await folder.open();
    await appendAll(
      journal,
      Array.from({ length: 6 }, () => 'x'.repeat(1_500_000)),
    );
    expect((await journal.read(undefined, 100)).entries).toHaveLength(2);
    await journal.append('write', 'y'.repeat(9_000_000));
    expect((await readBodies(journal)).map((body) => (body as string).length)).toEqual([
      ...Array.from({ length: 6 }, () => 1_500_000),
      9_000_000,
    ]);
  });
});

describe('its numbers', () => {
  it('count the open entries by kind, their bytes, and tell the oldest', async () => {
    let time = 1000;
    const now = () => time++;
    const journal = await folder.open({ now });
    expect([journal.depth(), journal.depth('write'), journal.bytes, journal.oldest]).toEqual([0, 0, 0, undefined]);
    const [first] = await appendAll(journal, [1, 2, 3]);
    await appendAll(journal, [4], 'claim');
    expect([journal.depth(), journal.depth('write'), journal.depth('claim')]).toEqual([4, 3, 1]);
    expect(journal.bytes).toBe((await stat(join(folder.path, '000000000001.log'))).size);
    expect(journal.oldest).toBe(1000);
    if (first) journal.settle([first]);
    expect([journal.depth('write'), journal.oldest]).toEqual([2, 1001]);
    await journal.close();
    const next = await folder.open();
    expect([next.depth(), next.depth('write'), next.depth('claim'), next.oldest]).toEqual([3, 2, 1, 1001]);
    expect(next.bytes).toBe((await stat(join(folder.path, '000000000001.log'))).size);
  });
});

describe('the folder', () => {
  it('and its files are for this user only', async () => {
    const path = join(folder.path, 'deep', 'journal');
    const journal = await folder.open({ folder: path, reserveBytes: 4096 });
    const entry = await journal.append('write', 1);
    await journal.deadLetters.add(entry, { code: 'X', reason: 'Because.' });
    expect((await stat(path)).mode & 0o777).toBe(0o700);
    for (const file of ['000000000001.log', 'dead-letters.log', 'reserve'])
      expect((await stat(join(path, file))).mode & 0o777).toBe(0o600);
  });

  it('gets a new file at each opening that writes', async () => {
    for (let run = 1; run <= 3; run += 1) {
      const journal = await folder.open();
      expect((await journal.append('write', run)).segment).toBe(run);
      await journal.close();
    }
    expect(await readBodies(await folder.open())).toEqual([1, 2, 3]);
  });
});

describe('closing', () => {
  it('waits for what was appended, takes nothing more, and may come twice', async () => {
    const journal = await folder.open();
    const appended = appendAll(journal, [1, 2, 3]);
    await Promise.all([journal.close(), journal.close()]);
    expect(await appended).toHaveLength(3);
    await expect(journal.append('write', 4)).rejects.toMatchObject({ code: 'JournalClosed' });
    expect(await readBodies(await folder.open())).toEqual([1, 2, 3]);
  });
});

/** For its prototype, which Node does not export. */
async function openAndClose(path: string) {
  const handle = await open(path, 'r');
  await handle.close();
  return handle;
}
