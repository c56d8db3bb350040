import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { KernelError } from '../errors.ts';

// Held by more than the caller: the garbage collector would give the folder back.
const held = new Set<DatabaseSync>();

/**
 * Takes the data folder for this process; returns the function that gives it back. The operating system holds the
 * lock, so a process that dies, however it dies, leaves none behind.
 * @throws KernelError DataDirLocked when another process has it, BadEnvironment when it cannot be written to.
 */
export function lockDataDir(folder: string): () => void {
  const lock = openLock(folder);
  try {
    lock.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    if (!/locked|busy/i.test((error as Error).message)) throw error;
    throw new KernelError(
      'DataDirLocked',
      `Another process uses the data folder ${folder}. Stop it, or give this one a folder of its own with DATA_DIR.`,
    );
  }
  held.add(lock);
  return () => {
    if (held.delete(lock)) lock.close();
  };
}

function openLock(folder: string): DatabaseSync {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    // Node has no flock; SQLite's exclusive transaction is one that every platform has.
    return new DatabaseSync(join(folder, 'lock'), { timeout: 0 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new KernelError(
      'BadEnvironment',
      `DATA_DIR: the folder ${folder} cannot be written to (${code}). Check that this user may.`,
    );
  }
}
