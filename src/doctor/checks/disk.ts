import { closeSync, existsSync, fdatasyncSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Check } from '../Check.ts';
import { judgeRoom, judgeSync } from './judgeDisk.ts';

const mebibyte = 1_048_576;
/** Whether what the bot keeps in its data folder reaches the disk, and has room there. */
export const disk: Check = {
  what: 'disk',
  reads: ['DATA', 'JOURNAL'],
  cure: 'Check that DATA_DIR names a folder on a working disk, and that this user may write there.',
  async run({ env }) {
    const folder = resolve(env.DATA_DIR);
    const existing = nearest(folder);
    const isNew = existing === folder ? '' : ' (not made yet)';
    const { bavail, bsize } = statfsSync(existing);
    return [
      judgeRoom(folder + isNew, Math.floor((bavail * bsize) / mebibyte), env.JOURNAL_MAX_MB),
      judgeSync(timeOfSync(existing)),
    ];
  },
};

function timeOfSync(folder: string): number {
  const path = join(folder, `.doctor-${process.pid}`);
  const file = openSync(path, 'wx', 0o600);
  try {
    const start = performance.now();
    writeSync(file, 'x'.repeat(2_000));
    fdatasyncSync(file);
    return performance.now() - start;
  } finally {
    closeSync(file);
    rmSync(path);
  }
}

const nearest = (folder: string): string => (existsSync(folder) ? folder : nearest(dirname(folder)));
