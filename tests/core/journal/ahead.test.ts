import { setImmediate, setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Journal, JournalEntry } from '../../../src/core/journal/Journal.ts';
import { eventually } from './eventually.ts';
import { fileMethods } from './fileMethods.ts';
import { HeldCalls } from './HeldCalls.ts';
import { appendAll, JournalFolder, readAll, readBodies } from './JournalFolder.ts';
import { writeAhead } from './writeAhead.ts';

let folder: JournalFolder;
beforeEach(async () => {
  folder = await JournalFolder.make();
});
afterEach(async () => {
  vi.restoreAllMocks();
  await folder[Symbol.asyncDispose]();
});

const failure = Object.assign(new Error('EIO: the disk'), { code: 'EIO' });
const refused = { status: 'rejected', reason: { code: 'JournalUnwritable' } };

/** Settles when the journal has begun to tidy after a `settle`: of timers for as long, that which was set later runs later. */
const tidyingBegins = () => setTimeout(100);

describe('an entry that need only be written', () => {
  it('does not wait for the disk, nor do those behind it, and they go to the disk together', async () => {
    const journal = await folder.open();
    using syncs = await HeldCalls.of('datasync', folder.path);
    const settled: unknown[] = [];
    for (const n of [1, 2, 3]) void (await writeAhead(journal, n)).kept.then(({ body }) => settled.push(body));
    expect(await folder.text()).toMatch(/1}\n.*2}\n.*3}\n/s);
    expect(syncs.count).toBe(1);
    await syncs.go(0);
    await eventually(() => settled).toEqual([1]);
    await syncs.go(1);
    await eventually(() => settled).toEqual([1, 2, 3]);
    expect(syncs.count).toBe(2);
  });

  it('is on the disk before one that has to be is written behind it', async () => {
    const journal = await folder.open();
    using syncs = await HeldCalls.of('datasync', folder.path);
    const order: string[] = [];
    void (await writeAhead(journal, 'ahead')).kept.then(() => order.push('ahead'));
    const behind = journal.append('write', 'behind').then(() => order.push('behind'));
    await syncs.go(0);
    await eventually(() => syncs.count).toBe(2);
    expect(order).toEqual(['ahead']);
    await syncs.go(1);
    await behind;
    expect(order).toEqual(['ahead', 'behind']);
  });

  it('stays in the file that it is in when a new one begins behind it', async () => {
    const journal = await folder.open({ segmentBytes: 300 });
    using syncs = await HeldCalls.of('datasync', folder.path);
    const first = await writeAhead(journal, 'x'.repeat(200));
    const second = writeAhead(journal, 'y'.repeat(200));
    syncs.release();
    await first.kept;
    await (await second).kept;
    expect(await folder.segments()).toHaveLength(2);
    await journal.close();
    expect(await readBodies(await folder.open())).toEqual(['x'.repeat(200), 'y'.repeat(200)]);
  });

  it('stays in its file, too, when notes need a new one', async () => {
    const segmentBytes = 900;
    const journal = await folder.open({ segmentBytes });
    const [one, two, three] = await appendAll(journal, [1, 2, 3]);
    if (!one || !two || !three) throw new Error('They were not appended.');
    using syncs = await HeldCalls.of('datasync', folder.path);
    const before = journal.bytes;
    const first = await writeAhead(journal, 'x'.repeat(100));
    const length = journal.bytes - before;
    // Fills the file, and the note that goes with it stands beyond that.
    journal.settle([one, three]);
    const second = await writeAhead(journal, 'y'.repeat(100 + segmentBytes - journal.bytes - length));
    expect(journal.bytes).toBeGreaterThan(segmentBytes);
    journal.settle([two]);
    await tidyingBegins();
    for (let place = 1; place < syncs.count; place += 1) await syncs.go(place);
    await setImmediate();
    syncs.release();
    const kept = await Promise.all([first.kept, second.kept]);
    expect(kept.map(({ segment }) => segment)).toEqual([1, 1]);
    await journal.close();
    expect(await readAll(await folder.open())).toEqual(kept);
  });

  it('can be settled as soon as it is on the disk, even when the journal closes meanwhile', async () => {
    const journal = await folder.open();
    using syncs = await HeldCalls.of('datasync', folder.path);
    const { kept } = await writeAhead(journal, 'said');
    void kept.then((entry) => journal.settle([entry]));
    const closed = journal.close();
    await setImmediate();
    syncs.release();
    await closed;
    expect(await readBodies(await folder.open())).toEqual([]);
  });
});

describe('a note that has to reach the disk while an entry is on its way there', () => {
  /** Three files, of which the second has the note of what is settled in the first; `only` is all that is open in it. */
  async function noteBetween(): Promise<{ journal: Journal; only: JournalEntry }> {
    const journal = await folder.open({ segmentBytes: 300 });
    const [settled] = await appendAll(journal, ['settled', 'open']);
    if (settled) journal.settle([settled]);
    const only = await journal.append('write', 'x'.repeat(200));
    await journal.append('write', 'after');
    expect(await folder.segments()).toHaveLength(3);
    return { journal, only };
  }

  /** Settles when tidying has come as far as it can, for which the note has to move on to the third file. */
  async function settleAndTidy(journal: Journal, entry: JournalEntry): Promise<void> {
    const writes = vi.spyOn(await fileMethods(folder.path), 'write');
    journal.settle([entry]);
    await tidyingBegins();
    await Promise.allSettled(writes.mock.results.map(({ value }) => value));
    await setImmediate();
  }

  it('does not take the news that the disk did not take the entry', async () => {
    const { journal, only } = await noteBetween();
    using syncs = await HeldCalls.of('datasync', folder.path);
    const { kept } = await writeAhead(journal, 'answer');
    const outcome = Promise.allSettled([kept]);
    await settleAndTidy(journal, only);
    // Of several syncs of one file, the system tells the first of it that ends.
    syncs.fail(-1, failure);
    await setImmediate();
    syncs.release();
    expect(await outcome).toMatchObject([refused]);
  });

  it('does not make a refused entry stay', async () => {
    const { journal, only } = await noteBetween();
    using syncs = await HeldCalls.of('datasync', folder.path);
    const { kept } = await writeAhead(journal, 'answer');
    const outcome = Promise.allSettled([kept]);
    await settleAndTidy(journal, only);
    for (let place = 1; place < syncs.count; place += 1) await syncs.go(place);
    await setImmediate();
    syncs.fail(0, failure);
    expect(await outcome).toMatchObject([refused]);
    syncs.release();
    expect(await readBodies(journal)).toEqual(['open', 'after']);
    await journal.close();
    expect(await readBodies(await folder.open())).toEqual(['open', 'after']);
  });
});
