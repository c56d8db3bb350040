import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Journal, JournalEntry } from '../../../src/core/journal/Journal.ts';
import { encodeLine } from '../../../src/core/journal/line.ts';
import { JournalFolder, readAll } from './JournalFolder.ts';

/** What one run of the bot does before it crashes. `settled` and `cut` are shares, from 0 to 1. */
interface Run {
  /** Texts that are appended and acknowledged, in bursts. */
  readonly bursts: readonly (readonly string[])[];
  /** After each burst: places of open entries to settle. */
  readonly settled: readonly number[];
  readonly waits: boolean;
  /** Appended, but nobody has heard of it when the crash comes. */
  readonly unacknowledged: readonly string[];
  /** How much of that has reached the disk. */
  readonly cut: number;
  /** What else stands at the end then. */
  readonly garbage: Buffer;
}

const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 60 }), fc.constantFrom('\n', '12345678 3 "a"\n', '"}'));
const halfALine = fc.tuple(fc.nat(), text, fc.nat({ max: 99 })).map(([n, body, share]) => {
  const line = Buffer.from(encodeLine({ id: `0000000000000000-${n}`, kind: 'write', at: n, body }));
  return line.subarray(0, Math.floor((line.length * share) / 100));
});
const garbage = fc.oneof(
  fc.constant(Buffer.alloc(0)),
  fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes)),
  fc.nat({ max: 5000 }).map((length) => Buffer.alloc(length)),
  halfALine,
);
const share = fc.nat({ max: 999 }).map((n) => n / 1000);
const run: fc.Arbitrary<Run> = fc.record({
  bursts: fc.array(fc.array(text, { minLength: 1, maxLength: 6 }), { maxLength: 6 }),
  settled: fc.array(share, { maxLength: 12 }),
  waits: fc.boolean(),
  unacknowledged: fc.array(text, { maxLength: 4 }),
  cut: share,
  garbage,
});

const segmentBytes = 500;

/** The content of each segment, by name; one that goes away meanwhile had no open entry. */
async function contents(folder: JournalFolder): Promise<Map<string, Buffer>> {
  const found = new Map<string, Buffer>();
  for (const name of await folder.segments())
    try {
      found.set(name, await readFile(join(folder.path, name)));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  return found;
}

/** What a crash leaves of a folder: what was there before, some of what was written since, and garbage. */
async function crash(
  folder: JournalFolder,
  before: Map<string, Buffer>,
  { cut, garbage }: Run,
): Promise<JournalFolder> {
  const image = await JournalFolder.make();
  const now = await contents(folder);
  // A file goes away only after what must be known of it is on the disk elsewhere.
  for (const [name, bytes] of before) if (!now.has(name)) await writeFile(join(image.path, name), bytes);
  const added = [...now].map(([name, bytes]) => ({
    name,
    bytes,
    from: before.get(name)?.length ?? 0,
  }));
  let left = Math.floor(cut * added.reduce((sum, { from, bytes }) => sum + bytes.length - from, 0));
  let last = [...before.keys()].at(-1) ?? '000000000001.log';
  for (const { name, bytes, from } of added) {
    const end = Math.min(from + left, bytes.length);
    left -= end - from;
    if (end > 0) await writeFile(join(image.path, name), bytes.subarray(0, end));
    if (end > 0 && name > last) last = name;
  }
  await writeFile(join(image.path, last), garbage, { flag: 'a' });
  return image;
}

it('after a crash at any byte has every acknowledged open entry, in order, none twice, none invented', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(run, { minLength: 1, maxLength: 4 }), async (runs) => {
      /** By id, in the order in which they were appended. */
      const all = new Map<string, JournalEntry>();
      /** Acknowledged and not settled. */
      let open = new Set<string>();
      let folder = await JournalFolder.make();
      for (const plan of runs) {
        const journal = await folder.open({ segmentBytes });
        const [image, possible] = await live(folder, journal, plan, all, open);
        await folder[Symbol.asyncDispose]();
        folder = image;
        const reopened = await folder.open({ segmentBytes });
        const found = await readAll(reopened, 3);
        await reopened.close();
        const ids = found.map(({ id }) => id);
        expect(ids).toEqual([...all.keys()].filter((id) => ids.includes(id)));
        for (const entry of found) expect(entry).toEqual(all.get(entry.id));
        for (const id of open) expect(ids).toContain(id);
        for (const id of ids) expect(possible).toContain(id);
        open = new Set(ids);
      }
      expect(await folder.text()).not.toContain('"code":"Damaged"');
      await folder[Symbol.asyncDispose]();
    }),
    { numRuns: 40 },
  );
});

/** One run up to its crash; gives the folder that the crash leaves, and which entries may be in it. */
async function live(
  folder: JournalFolder,
  journal: Journal,
  plan: Run,
  all: Map<string, JournalEntry>,
  open: Set<string>,
): Promise<[JournalFolder, Set<string>]> {
  const possible = new Set(open);
  const settled = [...plan.settled];
  for (const burst of plan.bursts) {
    for (const entry of await Promise.all(burst.map((body) => journal.append('write', body)))) {
      all.set(entry.id, entry);
      open.add(entry.id);
      possible.add(entry.id);
    }
    for (const place of settled.splice(0, 2)) {
      const id = [...open][Math.floor(place * open.size)];
      const entry = id === undefined ? undefined : all.get(id);
      if (!entry) continue;
      journal.settle([entry]);
      open.delete(entry.id);
    }
  }
  // With the next entry the notes are written; without, they are lost with the crash.
  if (plan.waits) {
    const entry = await journal.append('write', 'last');
    all.set(entry.id, entry);
    open.add(entry.id);
    possible.add(entry.id);
  }
  expect((await readAll(journal)).map(({ id }) => id)).toEqual([...all.keys()].filter((id) => open.has(id)));
  const before = await contents(folder);
  for (const entry of await Promise.all(plan.unacknowledged.map((body) => journal.append('write', body)))) {
    all.set(entry.id, entry);
    possible.add(entry.id);
  }
  return [await crash(folder, before, plan), possible];
}
