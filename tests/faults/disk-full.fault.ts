import { execFile } from 'node:child_process';
import { mkdtemp, rm, rmdir, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { wording } from '../../src/wording.ts';
import { FaultBench } from './FaultBench.ts';

const run = promisify(execFile);

/** A disk of so many MiB in memory; undefined where this process may not mount one. */
async function smallDisk(mebibytes: number): Promise<(AsyncDisposable & { folder: string }) | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'steward-disk-'));
  try {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'tmpfs', folder]);
  } catch {
    await rmdir(folder);
    return undefined;
  }
  const dispose = async (): Promise<void> => {
    await run('umount', [folder]);
    await rmdir(folder);
  };
  return { folder, [Symbol.asyncDispose]: dispose };
}

it('refuses new messages while PostgreSQL is away and the disk is full, and loses none that it took on', async (context) => {
  await using disk = await smallDisk(16);
  if (!disk) return context.skip('a small disk can be mounted as root on Linux only');
  await using bench = await FaultBench.start({ folder: disk.folder });
  const { correspondence, workflow } = bench;
  const people = bench.people(10);
  const filler = join(disk.folder, 'filler');
  await bench.traffic({ perSecond: 20, forMs: 1_000, people });
  await bench.settled();
  await bench.killPostgres();
  await bench.traffic({ perSecond: 20, forMs: 2_000, people });
  await correspondence.answered(60);

  // Ten are in the hands of the workflow while the disk becomes full.
  const { answer } = workflow;
  const { promise: held, resolve: letGo } = Promise.withResolvers<void>();
  workflow.answer = (payload) => held.then(() => answer(payload));
  await bench.traffic({ perSecond: 50, forMs: 200, people });
  await correspondence.until(() => correspondence.sent.slice(60).every(({ workflowCalls }) => workflowCalls === 1));
  const { bavail, bsize } = await statfs(disk.folder);
  await writeFile(filler, Buffer.alloc(bavail * bsize));
  await bench.traffic({ perSecond: 20, forMs: 1_000, people });
  // A few still fit on the last page of the journal: they are taken on.
  const refusals = () => correspondence.sent.flatMap((message) => message.refusals);
  await correspondence.until(() => refusals().length >= 10);
  expect(new Set(refusals())).toEqual(new Set([wording.cannotTakeOn()]));

  letGo();
  await correspondence.answered(90);
  await bench.restartPostgres();
  await bench.settled();
  // The disk is still full.
  await bench.traffic({ perSecond: 20, forMs: 1_000, people });
  await bench.settled();
  await rm(filler);
  await bench.traffic({ perSecond: 20, forMs: 1_000, people });
  await bench.settled();
  expect(await bench.stop()).toEqual([0]);
  const { sums, problems } = await bench.audit({ refusals: true });
  expect(problems).toEqual([]);
  expect(sums.answers.once + sums.refusals.once).toBe(130);
  // What was refused is not taken on later either.
  expect(sums.answers.once).toBeGreaterThanOrEqual(110);
  expect(sums.answers.once).toBeLessThanOrEqual(120);
});
