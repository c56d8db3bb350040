import { open, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, expect, it, vi } from 'vitest';
import type { JournalEntry } from '../../../src/core/journal/Journal.ts';
import { eventually } from './eventually.ts';
import { appendAll, JournalFolder, readAll } from './JournalFolder.ts';

const name = '000000000001.log';
afterEach(() => void vi.restoreAllMocks());

/** A sync that a power cut can come into: what the disk had before, what it is to have, and who was told what by then. */
interface Sync {
  readonly durable: Buffer;
  readonly written: Buffer;
  readonly open: readonly string[];
}

/** Notes what each sync of the file begins with, from now on. */
async function watchSyncs(folder: JournalFolder, acknowledged: ReadonlySet<string>): Promise<readonly Sync[]> {
  const syncs: Sync[] = [];
  const handle = await open(folder.path, 'r');
  await handle.close();
  const prototype = Object.getPrototypeOf(handle);
  const real = prototype.datasync;
  let [durable, turn, last] = [Buffer.alloc(0), 0, 0];
  vi.spyOn(prototype, 'datasync').mockImplementation(async function (this: unknown) {
    const written = await readFile(join(folder.path, name));
    turn += 1;
    const mine = turn;
    syncs.push({ durable, written, open: [...acknowledged] });
    await real.call(this);
    if (mine > last) [durable, last] = [written, mine];
  });
  return syncs;
}

/** What a file is after a power cut: any of its blocks as they were, the others as they were to be. */
function mix({ durable, written }: Sync, blockBytes: number, isWritten: (block: number) => boolean): Buffer {
  const image = Buffer.alloc(written.length);
  durable.copy(image);
  for (let block = 0; block * blockBytes < written.length; block += 1)
    if (isWritten(block)) written.copy(image, block * blockBytes, block * blockBytes, (block + 1) * blockBytes);
  return image;
}

async function recovered(image: Buffer): Promise<JournalEntry[]> {
  await using folder = await JournalFolder.make();
  await writeFile(join(folder.path, name), image);
  const journal = await folder.open();
  const entries = await readAll(journal);
  expect(await journal.deadLetters.list()).toEqual([]);
  expect(folder.logged('error')).toEqual([]);
  return entries;
}

const body = fc.integer({ min: 1, max: 24_000 });
const burst = fc.record({ bodies: fc.array(body, { minLength: 1, maxLength: 8 }), settles: fc.nat({ max: 3 }) });
const cut = fc.record({
  at: fc.nat({ max: 999 }),
  blockBytes: fc.constantFrom(512, 4096),
  seed: fc.nat(),
  often: fc.constantFrom(1, 2, 3),
});

it('after a power cut that leaves any blocks of what was being written has all that was acknowledged, and whole entries only', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(burst, { minLength: 3, maxLength: 12 }),
      fc.array(cut, { minLength: 8, maxLength: 8 }),
      async (bursts, cuts) => {
        await using folder = await JournalFolder.make();
        const all = new Map<string, JournalEntry>();
        const acknowledged = new Set<string>();
        const journal = await folder.open();
        const first = await journal.append('write', 'x'.repeat(5000));
        all.set(first.id, first);
        journal.settle([first]);
        await eventually(async () => (await stat(join(folder.path, name))).size).toBeGreaterThan(1024 * 1024);
        const syncs = await watchSyncs(folder, acknowledged);
        for (const { bodies, settles } of bursts) {
          const texts = bodies.map((length, n) => String.fromCharCode(97 + n).repeat(length));
          for (const entry of await appendAll(journal, texts)) {
            all.set(entry.id, entry);
            acknowledged.add(entry.id);
          }
          const isLong = journal.bytes > 256 * 1024;
          const settled = [...acknowledged].slice(0, settles === 3 || isLong ? Number.POSITIVE_INFINITY : settles * 3);
          for (const id of settled) acknowledged.delete(id);
          journal.settle(settled.flatMap((id) => all.get(id) ?? []));
          if (isLong) await eventually(() => journal.bytes).toBe(0);
        }
        vi.restoreAllMocks();
        for (const { at, blockBytes, seed, often } of cuts) {
          const sync = syncs[at % syncs.length];
          if (!sync) continue;
          const isWritten = (block: number) => ((block + 1) * 2654435761 + seed) % 4 < often;
          const found = await recovered(mix(sync, blockBytes, isWritten));
          const ids = found.map(({ id }) => id);
          expect(ids).toEqual([...all.keys()].filter((id) => ids.includes(id)));
          for (const entry of found) expect(entry).toEqual(all.get(entry.id));
          // What an earlier sync has settled for good does not come back.
          const before = (await recovered(sync.durable)).map(({ id }) => id);
          const known = [...all.keys()];
          const newest = Math.max(-1, ...known.map((id, place) => (sync.durable.includes(`"${id}"`) ? place : -1)));
          for (const id of ids) expect(before.includes(id) || known.indexOf(id) > newest).toBe(true);
          for (const id of sync.open) expect(ids).toContain(id);
        }
      },
    ),
    { numRuns: 12 },
  );
}, 60_000);
