import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { lockDataDir } from '../core/database/lockDataDir.ts';
import { KernelError } from '../core/errors.ts';

/** Who works in a data folder now: "process 123", or "another process" where the system does not tell; else undefined. */
export function holderOf(folder: string): string | undefined {
  const file = join(folder, 'lock');
  // Taking the lock would make the folder.
  if (!existsSync(file)) return undefined;
  try {
    lockDataDir(folder)();
    return undefined;
  } catch (error) {
    // What else is wrong with the folder is found by those who look into it.
    if (!(error instanceof KernelError) || error.code !== 'DataDirLocked') return undefined;
    return processThatLocks(file) ?? 'another process';
  }
}

// https://man7.org/linux/man-pages/man5/proc_locks.5.html
function processThatLocks(file: string): string | undefined {
  if (!existsSync('/proc/locks')) return undefined;
  const { ino } = statSync(file);
  const line = readFileSync('/proc/locks', 'utf8')
    .split('\n')
    .find((each) => each.split(/[\s:]+/).includes(`${ino}`));
  const pid = /\b(?:READ|WRITE)\s+(\d+)/.exec(line ?? '')?.[1];
  return pid === undefined ? undefined : `process ${pid}`;
}
