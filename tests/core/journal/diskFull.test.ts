import { execFileSync, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { JournalFolder } from './JournalFolder.ts';

const script = fileURLToPath(new URL('./fillDisk.ts', import.meta.url));
const around = fileURLToPath(new URL('./fillAround.ts', import.meta.url));

/** Runs a shell command in mounts of its own, where a small disk can be mounted and goes away with the command. */
const apart = (command: string, ...parameters: string[]) =>
  [['-rm', 'sh', '-c', command, 'sh', ...parameters]] as const;
const mountable = spawnSync('unshare', ...apart('mount -t tmpfs -o size=1m none "$1"', '/tmp')).status === 0;
const skipped = mountable ? '' : ' (skipped: this machine lets nobody mount a small disk)';

it.skipIf(!mountable)(
  `a full disk costs nothing that was acknowledged, and leaves room for what is essential${skipped}`,
  async () => {
    await using folder = await JournalFolder.make();
    const command = 'mount -t tmpfs -o size=1m none "$1" && exec "$2" "$3" "$1"';
    const seen = JSON.parse(
      execFileSync('unshare', ...apart(command, folder.path, process.execPath, script), { encoding: 'utf8' }),
    );
    const refusal = {
      code: 'JournalUnwritable',
      cause: 'ENOSPC',
      message: `The journal in ${folder.path} cannot be written (ENOSPC): the disk is full. Free some space.`,
    };
    expect(seen).toMatchObject({
      reserve: { bytes: 128 * 1024, isReal: true },
      others: refusal,
      reserveAfterOthers: true,
      letter: 'JournalUnwritable',
      essential: refusal,
      othersBesideReserve: { ...refusal, count: 0 },
      othersAgain: { ...refusal, count: 0 },
      whole: true,
      reserveAfterAll: 128 * 1024,
      wholeAtLast: true,
      errors: ['The journal cannot be written.'],
      leaks: false,
    });
    expect(seen.others.count).toBeGreaterThan(600);
    // 128 KiB of entries of about 1.2 KB.
    expect(seen.essential.count).toBeGreaterThan(85);
    expect(seen.essential.count).toBeLessThan(130);
  },
);

it.skipIf(!mountable)(
  `a disk that others fill leaves the room that was made ahead, and all of the reserve beyond it${skipped}`,
  async () => {
    await using folder = await JournalFolder.make();
    const command = 'mount -t tmpfs -o size=40m none "$1" && exec "$2" "$3" "$1"';
    const seen = JSON.parse(
      execFileSync('unshare', ...apart(command, folder.path, process.execPath, around), { encoding: 'utf8' }),
    );
    expect(seen).toMatchObject({ reserve: 1024 * 1024, found: seen.kept - 1, atLast: seen.kept });
    // A mebibyte of entries of about 1.1 KB, and a page.
    expect(seen.others).toBeGreaterThan(850);
    expect(seen.grown).toBeLessThanOrEqual(4096);
    expect(seen.essential).toBeGreaterThan(850);
  },
);

const limitable = spawnSync('prlimit', ['--fsize=100000', 'true']).status === 0;

it.skipIf(!limitable)('a limit on the size of files costs only what does not fit', async () => {
  await using folder = await JournalFolder.make();
  const journal = fileURLToPath(new URL('../../../src/core/journal/Journal.ts', import.meta.url));
  const log = fileURLToPath(new URL('../../../src/core/log/createLog.ts', import.meta.url));
  const code = `
    import { Journal } from ${JSON.stringify(journal)};
    import { createLog } from ${JSON.stringify(log)};
    const journal = await Journal.open({ folder: process.argv[1], maxBytes: 1e9, reserveBytes: 0, log: createLog({ level: 'silent', secrets: [] }) });
    let error;
    let count = 0;
    for (; !error && count < 1000; count += 1) await journal.append('write', 'x'.repeat(900)).catch((reason) => { error = reason; });
    const { entries } = await journal.read(undefined, 1000);
    await journal.append('write', 'short');
    await journal.close();
    process.stdout.write(JSON.stringify({ code: error?.code, message: error?.message, taken: count - 1, found: entries.length }));
  `;
  const args = ['--fsize=100000', process.execPath, '--input-type=module', '-e', code, folder.path];
  const { stdout } = spawnSync('prlimit', args, { encoding: 'utf8' });
  const seen = JSON.parse(stdout);
  expect(seen).toMatchObject({
    code: 'JournalUnwritable',
    message: expect.stringContaining('(EFBIG): a file may not grow further.'),
  });
  expect(seen.found).toBe(seen.taken);
  expect(seen.taken).toBeGreaterThan(80);
  const reopened = await folder.open();
  expect(reopened.depth()).toBe(seen.taken + 1);
  expect(await reopened.deadLetters.list()).toEqual([]);
});
