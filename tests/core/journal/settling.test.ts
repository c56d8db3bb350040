import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from './eventually.ts';
import { appendAll, appendOneByOne, JournalFolder, readBodies } from './JournalFolder.ts';

let folder: JournalFolder;
beforeEach(async () => {
  folder = await JournalFolder.make();
});
afterEach(() => folder[Symbol.asyncDispose]());

describe('settling', () => {
  it('lets entries go at once, in any order, and for the next run too', async () => {
    const journal = await folder.open();
    const [a, b, c, d] = await appendAll(journal, ['a', 'b', 'c', 'd']);
    if (!a || !b || !c || !d) throw new Error('Four were appended.');
    journal.settle([d, b]);
    expect(await readBodies(journal)).toEqual(['a', 'c']);
    await journal.close();
    const next = await folder.open();
    expect(await readBodies(next)).toEqual(['a', 'c']);
    next.settle([a]);
    await next.close();
    expect(await readBodies(await folder.open())).toEqual(['c']);
  });

  it('leaves nothing readable on the disk after a wipe, as soon as nothing is open', async () => {
    const journal = await folder.open();
    const [a, b] = await appendAll(journal, ['something private', 'something else']);
    if (!a || !b) throw new Error('Two were appended.');
    const onDisk = async (): Promise<string> => {
      const names = (await readdir(folder.path)).filter((name) => name.endsWith('.log'));
      return (await Promise.all(names.map((name) => readFile(join(folder.path, name), 'utf8')))).join('');
    };
    journal.settle([a]);
    journal.wipe();
    await appendAll(journal, ['more']);
    expect(await onDisk()).toContain('something private');
    const { entries } = await journal.read(undefined, 10);
    journal.settle(entries);
    await eventually(async () => expect(await onDisk()).not.toMatch(/something|more/));
    await appendAll(journal, ['next']);
    expect(await readBodies(journal)).toEqual(['next']);
  });

  it('of one that is settled, or unknown, changes nothing', async () => {
    const journal = await folder.open();
    const [a] = await appendAll(journal, ['a', 'b']);
    if (!a) throw new Error('Two were appended.');
    const strangers = ['0-1', `${a.id}0`, '', 'x', '-', `${a.id.split('-')[0]}-99999999999`];
    journal.settle([a, a, ...strangers.map((id) => ({ ...a, id })), { ...a, segment: 7 }]);
    journal.settle([a]);
    expect(journal.depth()).toBe(1);
    expect(await readBodies(journal)).toEqual(['b']);
  });

  it('is noted with the next entry', async () => {
    const journal = await folder.open();
    const [a] = await appendAll(journal, ['a', 'b']);
    if (a) journal.settle([a]);
    await journal.append('write', 'c');
    const run = a?.id.split('-')[0];
    expect(await folder.text()).toContain(`{"settled":{"${run}":["1"]}}\n`);
  });

  it('is noted soon where no entry follows', async () => {
    const journal = await folder.open();
    const [a] = await appendAll(journal, ['a', 'b']);
    if (a) journal.settle([a]);
    await eventually(() => folder.text()).toContain('"settled"');
  });

  it('removes the files that have no open entry', async () => {
    const journal = await folder.open({ segmentBytes: 400 });
    const entries = await appendOneByOne(journal, 40);
    const before = await folder.segments();
    expect(before.length).toBeGreaterThan(5);
    const [first] = entries;
    const last = entries.at(-1);
    journal.settle(entries.filter((entry) => entry !== first && entry !== last));
    await eventually(() => folder.segments()).toEqual([before[0], before.at(-1)]);
    expect(await readBodies(journal)).toEqual([0, 39]);
  });

  it('is remembered when the file with the note of it goes away', async () => {
    const journal = await folder.open({ segmentBytes: 400 });
    const old = await appendOneByOne(journal, 3);
    const kept = old[1];
    const between = await appendOneByOne(journal, 5);
    journal.settle(old.filter((entry) => entry !== kept));
    const after = await appendOneByOne(journal, 20);
    expect(await readFile(join(folder.path, '000000000001.log'), 'utf8')).not.toContain('settled');
    journal.settle([...between, ...after]);
    await journal.close();
    expect(await folder.segments()).toHaveLength(2);
    const next = await folder.open({ segmentBytes: 400 });
    expect(await readBodies(next)).toEqual([1]);
    if (kept) next.settle([kept]);
    await next.close();
    expect(await folder.segments()).toEqual([]);
  });

  it('of everything leaves nothing behind after the close', async () => {
    const journal = await folder.open();
    journal.settle(await appendAll(journal, ['secret', 'secret']));
    await journal.close();
    expect(await folder.segments()).toEqual([]);
  });

  it('of everything leaves little behind while the journal is in use', async () => {
    const journal = await folder.open();
    journal.settle(await appendAll(journal, ['secret'.repeat(200_000)]));
    await eventually(() => folder.segments()).toEqual([]);
    await eventually(() => journal.bytes).toBe(0);
    await journal.append('write', 'next');
    expect(await folder.segments()).toEqual(['000000000002.log']);
  });
});
