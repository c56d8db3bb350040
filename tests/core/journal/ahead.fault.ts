import { setTimeout } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, it, vi } from 'vitest';
import type { Journal, JournalEntry } from '../../../src/core/journal/Journal.ts';
import { eventually } from './eventually.ts';
import { fileMethods } from './fileMethods.ts';
import { JournalFolder, readAll, readBodies } from './JournalFolder.ts';

/** What the disk does with a call. */
interface Call {
  /** Milliseconds. */
  readonly takes: number;
  readonly fails: boolean;
}

type Disk = Readonly<Record<'write' | 'datasync' | 'truncate', readonly Call[]>>;

/** An entry, and what is done after it. */
interface Step {
  readonly isAhead: boolean;
  readonly isEssential: boolean;
  /** Milliseconds. */
  readonly pause: number;
  readonly isReadMeanwhile: boolean;
  /** Places of open entries to settle, as shares from 0 to 1. */
  readonly settled: readonly number[];
  readonly isEmptied: boolean;
  /** Milliseconds until the next: about as long as notes of what is settled wait for an entry to go with, or none. */
  readonly rest: number;
}

const chance = (percent: number) =>
  fc.oneof({ weight: percent, arbitrary: fc.constant(true) }, { weight: 100 - percent, arbitrary: fc.constant(false) });
const share = fc.nat({ max: 999 }).map((n) => n / 1000);
const count = 150;
const times = <Value>(one: fc.Arbitrary<Value>) => fc.array(one, { minLength: count, maxLength: count });
const calls = (max: number, percent: number) =>
  times(fc.record<Call>({ takes: fc.nat({ max }), fails: chance(percent) }));
const disk: fc.Arbitrary<Disk> = fc.record({ write: calls(1, 5), datasync: calls(8, 15), truncate: calls(1, 20) });
const step: fc.Arbitrary<Step> = fc.record({
  isAhead: chance(80),
  isEssential: chance(70),
  pause: fc.nat({ max: 6 }),
  isReadMeanwhile: chance(30),
  settled: fc.array(share, { maxLength: 1 }),
  isEmptied: chance(3),
  rest: fc.oneof(
    { weight: 19, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.integer({ min: 95, max: 110 }) },
  ),
});

/** Has the calls of all open files' methods take time and fail as planned, and then work; a write that fails is torn. */
async function spoil(path: string, disk: Disk, code: string, onFailedSync: () => void): Promise<Disposable> {
  const methods = await fileMethods(path);
  let isSpoilt = true;
  for (const name of ['write', 'datasync', 'truncate'] as const) {
    const { [name]: real } = methods;
    let turn = 0;
    vi.spyOn(methods, name).mockImplementation(async function (this: unknown, ...parameters: unknown[]) {
      const call = disk[name][turn];
      turn += 1;
      if (call) await setTimeout(call.takes);
      if (!call?.fails || !isSpoilt) return real.apply(this, parameters);
      const [bytes, offset, length, at] = parameters;
      if (name === 'write') await real.call(this, bytes, offset, Math.floor(Number(length) / 2), at);
      if (name === 'datasync') onFailedSync();
      throw Object.assign(new Error(`${code}: the disk`), { code });
    });
  }
  return {
    [Symbol.dispose]: () => {
      isSpoilt = false;
    },
  };
}

/** What became of the entries, by their bodies: 0, 1, 2, … */
class Outcomes {
  readonly kept = new Map<number, JournalEntry>();
  readonly refused = new Set<number>();
  readonly settled = new Set<number>();
  /** Those that were written and on their way to the disk when a sync failed. */
  readonly failed = new Set<number>();
  readonly #onTheirWay = new Set<number>();

  get open(): number[] {
    return [...this.kept.keys()].filter((n) => !this.settled.has(n)).toSorted((a, b) => a - b);
  }

  append(journal: Journal, n: number, { isAhead, isEssential }: Pick<Step, 'isAhead' | 'isEssential'>): void {
    const onWritten = () => this.#onTheirWay.add(n);
    const appended = journal.append('write', n, { essential: isEssential, ...(isAhead && { onWritten }) });
    void appended
      .then(
        (entry) => this.kept.set(n, entry),
        () => this.refused.add(n),
      )
      .finally(() => this.#onTheirWay.delete(n));
  }

  syncFailed(): void {
    for (const n of this.#onTheirWay) this.failed.add(n);
  }

  settle(journal: Journal, { settled, isEmptied }: Step): void {
    const { open } = this;
    const chosen = isEmptied ? open : settled.flatMap((place) => open[Math.floor(place * open.length)] ?? []);
    for (const n of chosen) this.settled.add(n);
    journal.settle(chosen.flatMap((n) => this.kept.get(n) ?? []));
    if (isEmptied) journal.wipe();
  }
}

it.each(['EIO', 'ENOSPC'])(
  'whatever the disk fails at, all hear what became of their entries, and that is what is in the journal: %s',
  async (code) => {
    await fc.assert(
      fc.asyncProperty(disk, times(step), async (plan, steps) => {
        await using folder = await JournalFolder.make();
        const isFull = code === 'ENOSPC';
        const journal = await folder.open({ segmentBytes: 1500, reserveBytes: isFull ? 1024 : 0 });
        const outcomes = new Outcomes();
        const spoilt = await spoil(folder.path, plan, code, () => outcomes.syncFailed());
        try {
          for (const [n, each] of steps.entries()) {
            outcomes.append(journal, n, each);
            await Promise.all([setTimeout(each.pause), each.isReadMeanwhile && readBodies(journal)]);
            outcomes.settle(journal, each);
            if (each.rest > 0) await setTimeout(each.rest);
          }
          spoilt[Symbol.dispose]();
          await eventually(() => outcomes.kept.size + outcomes.refused.size).toBe(count);
          outcomes.append(journal, count, { isAhead: false, isEssential: false });
          await eventually(() => outcomes.kept.has(count)).toBe(true);
          // On a full disk, what is essential is written anew.
          if (!isFull) expect([...outcomes.failed].filter((n) => outcomes.kept.has(n))).toEqual([]);
          const { open } = outcomes;
          expect(await readBodies(journal)).toEqual(open);
          expect(journal.depth()).toBe(open.length);
          await journal.close();
          const next = await folder.open();
          expect(await readAll(next)).toEqual(open.map((n) => outcomes.kept.get(n)));
          expect(next.depth()).toBe(open.length);
          expect([journal.deadLetters.size, next.deadLetters.size]).toEqual([0, 0]);
        } finally {
          spoilt[Symbol.dispose]();
          vi.restoreAllMocks();
        }
      }),
      // Much depends on time: a smaller example need not fail.
      { numRuns: 6, endOnFailure: true },
    );
  },
  60_000,
);
