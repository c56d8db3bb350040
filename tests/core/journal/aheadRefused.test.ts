import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { eventually } from './eventually.ts';
import { fileMethods } from './fileMethods.ts';
import { HeldCalls } from './HeldCalls.ts';
import { appendAll, JournalFolder, readBodies } from './JournalFolder.ts';
import { writeAhead } from './writeAhead.ts';

let folder: JournalFolder;
beforeEach(async () => {
  folder = await JournalFolder.make();
});
afterEach(async () => {
  vi.restoreAllMocks();
  await folder[Symbol.asyncDispose]();
});

const failure = (code: 'EIO' | 'ENOSPC') => Object.assign(new Error(`${code}: the disk`), { code });
const refused = { status: 'rejected', reason: { code: 'JournalUnwritable' } };

describe('an entry that is written and that the disk does not take', () => {
  it('is taken out again, with all behind it, and their callers are told', async () => {
    const journal = await folder.open();
    const settledLater = await journal.append('write', 'before');
    using syncs = await HeldCalls.of('datasync', folder.path);
    const [first, second] = [await writeAhead(journal, 'first'), await writeAhead(journal, 'second')];
    journal.settle([settledLater]);
    const third = await writeAhead(journal, 'third');
    const failed = Promise.allSettled([first.kept, second.kept, third.kept]);
    syncs.fail(0, failure('EIO'));
    expect(await failed).toMatchObject([refused, refused, refused]);
    syncs.release();
    expect(journal.depth()).toBe(0);
    await journal.append('write', 'after');
    expect(await readBodies(journal)).toEqual(['after']);
    await journal.close();
    // What was settled is noted once more: the note was in what was taken out.
    expect(await readBodies(await folder.open())).toEqual(['after']);
    expect(await folder.text()).not.toContain('second');
  });

  it('is taken out, too, where it is alone', async () => {
    const journal = await folder.open();
    using syncs = await HeldCalls.of('datasync', folder.path);
    const { kept } = await writeAhead(journal, 'refused');
    syncs.fail(0, failure('EIO'));
    await expect(kept).rejects.toMatchObject({ code: 'JournalUnwritable' });
    await eventually(() => folder.text()).not.toContain('refused');
  });

  it('is not acknowledged by a later sync, which the system does not tell of it again', async () => {
    const journal = await folder.open();
    using syncs = await HeldCalls.of('datasync', folder.path);
    const first = await writeAhead(journal, 'first');
    using writes = await HeldCalls.of('write', folder.path);
    const second = journal.append('answer', 'second', { onWritten: () => undefined });
    await eventually(() => writes.count).toBe(1);
    const failed = Promise.allSettled([first.kept, second]);
    syncs.fail(0, failure('EIO'));
    await setImmediate();
    syncs.release();
    writes.release();
    expect(await failed).toMatchObject([refused, refused]);
    await journal.append('write', 'after');
    expect(await readBodies(journal)).toEqual(['after']);
  });

  it('takes no note along that was written before it', async () => {
    const journal = await folder.open();
    const [settled] = await appendAll(journal, ['settled first', 'open']);
    if (settled) journal.settle([settled]);
    await eventually(() => folder.text()).toContain('"settled":');
    using syncs = await HeldCalls.of('datasync', folder.path);
    const { kept } = await writeAhead(journal, 'refused');
    syncs.fail(0, failure('EIO'));
    await expect(kept).rejects.toMatchObject({ code: 'JournalUnwritable' });
    syncs.release();
    await journal.append('write', 'after');
    await journal.close();
    expect(await readBodies(await folder.open())).toEqual(['open', 'after']);
  });

  it('costs no note that was written behind it', async () => {
    const journal = await folder.open();
    const [settled] = await appendAll(journal, ['settled meanwhile', 'open']);
    using syncs = await HeldCalls.of('datasync', folder.path);
    const { kept } = await writeAhead(journal, 'refused');
    if (settled) journal.settle([settled]);
    await eventually(() => folder.text()).toContain('"settled":');
    syncs.fail(0, failure('EIO'));
    await expect(kept).rejects.toMatchObject({ code: 'JournalUnwritable' });
    syncs.release();
    await journal.append('write', 'after');
    expect(await readBodies(journal)).toEqual(['open', 'after']);
    await journal.close();
    expect(await readBodies(await folder.open())).toEqual(['open', 'after']);
  });

  it.each([
    ['', []],
    [', nor where another has come into its place by then', ['another']],
  ])('becomes no dead letter where it is being read%s', async (_, bodies) => {
    const journal = await folder.open();
    await journal.append('answer', 'kept');
    using syncs = await HeldCalls.of('datasync', folder.path);
    const { kept } = await writeAhead(journal, 'refused');
    using reads = await HeldCalls.of('read', folder.path);
    const read = readBodies(journal);
    await eventually(() => reads.count).toBeGreaterThan(0);
    syncs.fail(0, failure('EIO'));
    await expect(kept).rejects.toMatchObject({ code: 'JournalUnwritable' });
    syncs.release();
    await appendAll(journal, bodies, 'answer');
    reads.release();
    expect(await read).toEqual(['kept', ...bodies]);
    expect(journal.deadLetters.size).toBe(0);
    expect(folder.logged('error')).toEqual(['The journal cannot be written.']);
  });
});

describe('an essential entry that is written and that a full disk does not take', () => {
  it('is written anew instead of the reserve, and can be settled', async () => {
    const journal = await folder.open({ reserveBytes: 1024 });
    await journal.append('write', 'open');
    using syncs = await HeldCalls.of('datasync', folder.path);
    const written = [
      await writeAhead(journal, 'a', true),
      await writeAhead(journal, 'b', true),
      await writeAhead(journal, 'c', true),
    ];
    syncs.fail(0, failure('ENOSPC'));
    syncs.release();
    const [a, , c] = await Promise.all(written.map(({ kept }) => kept));
    if (c) journal.settle([c]);
    expect(await readBodies(journal)).toEqual(['open', 'a', 'b']);
    if (a) journal.settle([a]);
    await journal.close();
    expect(await readBodies(await folder.open())).toEqual(['open', 'b']);
  });

  it('is refused where there is no reserve, after one more try', async () => {
    const journal = await folder.open({ reserveBytes: 0 });
    const methods = await fileMethods(folder.path);
    vi.spyOn(methods, 'datasync').mockRejectedValueOnce(failure('ENOSPC')).mockRejectedValueOnce(failure('ENOSPC'));
    const { kept } = await writeAhead(journal, 'refused', true);
    await expect(kept).rejects.toMatchObject({ code: 'JournalUnwritable' });
    expect(await readBodies(journal)).toEqual([]);
  });
});
