import { open, rm } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Journal } from '../../../src/core/journal/Journal.ts';
import { eventually } from './eventually.ts';
import { JournalFolder, readBodies } from './JournalFolder.ts';

let folder: JournalFolder;
beforeEach(async () => {
  folder = await JournalFolder.make();
});
afterEach(async () => {
  vi.restoreAllMocks();
  await folder[Symbol.asyncDispose]();
});

/** Appends until the journal refuses; returns how many it took, and the refusal. */
async function fill(journal: Journal, essential = false): Promise<{ count: number; error: unknown }> {
  for (let count = 0; ; count += 1)
    try {
      await journal.append('write', `secret ${count}`, { essential });
    } catch (error) {
      return { count, error };
    }
}

const nearlyFull = 'The journal is nearly full. See why the database or Discord cannot be reached.';

describe('a journal that is full', () => {
  it('refuses, and takes again what there is room for', async () => {
    const journal = await folder.open({ maxBytes: 5000, segmentBytes: 1000 });
    const { count, error } = await fill(journal);
    expect(count).toBeGreaterThan(30);
    expect(error).toMatchObject({
      name: 'JournalError',
      code: 'JournalFull',
      message: expect.stringMatching(/^The journal is full \(5000 bytes\)\. /),
    });
    expect(journal.bytes).toBeLessThanOrEqual(5000);
    journal.settle((await journal.read(undefined, 20)).entries);
    await eventually(() => journal.bytes).toBeLessThan(4000);
    await journal.append('write', 'fits');
    expect(await readBodies(journal)).toHaveLength(count - 20 + 1);
  });

  it('counts what is on its way to the disk', async () => {
    const journal = await folder.open({ maxBytes: 5000 });
    const results = await Promise.allSettled(Array.from({ length: 200 }, (_, n) => journal.append('write', n)));
    const kept = results.filter(({ status }) => status === 'fulfilled');
    expect(journal.bytes).toBeLessThanOrEqual(5000);
    expect(journal.bytes).toBeGreaterThan(4800);
    expect(journal.depth()).toBe(kept.length);
    expect(results.slice(0, kept.length).every(({ status }) => status === 'fulfilled')).toBe(true);
  });

  it('still takes essential entries, up to its reserve', async () => {
    const journal = await folder.open({ maxBytes: 5000, reserveBytes: 2000 });
    await fill(journal);
    const { count, error } = await fill(journal, true);
    expect(count).toBeGreaterThan(10);
    expect(error).toMatchObject({ code: 'JournalFull' });
    expect(journal.bytes).toBeGreaterThan(6800);
    expect(journal.bytes).toBeLessThanOrEqual(7000);
  });

  it('says so loudly once, and once again after there was room', async () => {
    const journal = await folder.open({ maxBytes: 5000, segmentBytes: 1000 });
    while (journal.bytes + 200 < 4000) await journal.append('write', 'secret');
    expect(folder.logged('error')).toEqual([]);
    await fill(journal);
    expect(folder.logged('error')).toEqual([nearlyFull]);
    journal.settle((await journal.read(undefined, 40)).entries);
    await eventually(() => journal.bytes).toBeLessThan(4000);
    await fill(journal);
    expect(folder.logged('error')).toEqual([nearlyFull, nearlyFull]);
    expect(folder.lines.join('')).not.toContain('secret');
  });
});

describe('a disk that fails', () => {
  const failure = Object.assign(new Error('EIO: i/o error'), { code: 'EIO' });
  /** Makes the next call of a file's method fail; the file itself is real. */
  async function failOnce(method: 'datasync' | 'write' | 'sync' | 'truncate'): Promise<void> {
    const handle = await open(folder.path, 'r');
    vi.spyOn(Object.getPrototypeOf(handle), method).mockRejectedValueOnce(failure);
    await handle.close();
  }

  it.each(['datasync', 'write'] as const)(
    'costs the entries of one batch, whose caller is told: %s',
    async (method) => {
      const journal = await folder.open();
      await journal.append('write', 'before');
      await failOnce(method);
      const batch = await Promise.allSettled([journal.append('write', 'x'), journal.append('write', 'y')]);
      for (const result of batch)
        expect(result).toMatchObject({
          status: 'rejected',
          reason: {
            code: 'JournalUnwritable',
            cause: failure,
            message: `The journal in ${folder.path} cannot be written (EIO): the disk reports a fault. Check it, or move DATA_DIR to another one.`,
          },
        });
      await journal.append('write', 'after');
      expect(await readBodies(journal)).toEqual(['before', 'after']);
      await journal.close();
      expect(await readBodies(await folder.open())).toEqual(['before', 'after']);
      expect(folder.logged('error')).toEqual(['The journal cannot be written.']);
      expect(folder.logged('info')).toEqual(['The journal can be written again.']);
      expect(folder.logged('warn')).toEqual([]);
    },
  );

  it('leaves nothing of a refused entry, even if clearing it away fails at first', async () => {
    const journal = await folder.open();
    await journal.append('write', 'before');
    await failOnce('datasync');
    await failOnce('truncate');
    const refused = journal.append('write', 'refused'.repeat(100));
    await expect(refused).rejects.toMatchObject({ code: 'JournalUnwritable' });
    await journal.append('write', 'after');
    expect(await folder.text()).not.toContain('refused');
    expect(await readBodies(journal)).toEqual(['before', 'after']);
  });

  it('leaves nothing of a refused entry in a file that is full', async () => {
    const journal = await folder.open({ segmentBytes: 300 });
    await journal.append('write', 'before');
    await failOnce('datasync');
    await failOnce('truncate');
    await expect(journal.append('write', 'refused')).rejects.toMatchObject({ code: 'JournalUnwritable' });
    await journal.append('write', 'x'.repeat(300));
    expect(await folder.segments()).toHaveLength(2);
    expect(await folder.text()).not.toContain('refused');
    await journal.close();
    expect(await readBodies(await folder.open())).toEqual(['before', 'x'.repeat(300)]);
  });

  it('that cannot keep the name of a new file has kept nothing', async () => {
    const journal = await folder.open();
    await failOnce('sync');
    await expect(journal.append('write', 'refused')).rejects.toMatchObject({ code: 'JournalUnwritable' });
    expect(journal.depth()).toBe(0);
    await journal.append('write', 'after');
    expect(await readBodies(journal)).toEqual(['after']);
  });

  it('does not lose what was settled meanwhile', async () => {
    const journal = await folder.open();
    const entry = await journal.append('write', 'settled');
    await journal.append('write', 'open');
    journal.settle([entry]);
    await failOnce('write');
    await expect(journal.append('write', 'refused')).rejects.toMatchObject({ code: 'JournalUnwritable' });
    await journal.close();
    expect(await readBodies(await folder.open())).toEqual(['open']);
  });
});

it('is not fooled by a file that was removed under it', async () => {
  const journal = await folder.open();
  await journal.append('write', 'a');
  await rm(`${folder.path}/000000000001.log`);
  await expect(journal.append('write', 'b')).rejects.toMatchObject({
    code: 'JournalUnwritable',
    message: expect.stringContaining('(ENOENT): a folder or file is gone.'),
  });
  await expect(journal.read(undefined, 10)).rejects.toMatchObject({ code: 'JournalUnreadable' });
});

it('names a folder that cannot be made', async () => {
  const journal = await folder.open();
  await journal.append('write', 'a');
  const path = `${folder.path}/000000000001.log/journal`;
  await expect(folder.open({ folder: path })).rejects.toMatchObject({
    code: 'JournalUnwritable',
    message: `The journal in ${path} cannot be written (ENOTDIR): the system refused. Check the disk and the permissions.`,
  });
});
