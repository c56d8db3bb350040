import { KernelError } from '../core/errors.ts';

const cures: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full. Free some space, or name a file on another disk',
  EDQUOT: 'the disk quota is used up. Free some space, or name a file on another disk',
  EFBIG: 'a file may not grow further. Raise the limit on file sizes (ulimit -f)',
  EEXIST: 'another backup is being written there, or one was cut off. Remove that file, or name another one',
  ENOENT: 'there is no such file or folder',
  ENAMETOOLONG: 'its name is too long. Give it another one',
  ENOTDIR: 'there is no such folder',
  EISDIR: 'it is a folder',
  EACCES: 'this user may not. Mend the permissions',
  EPERM: 'this user may not. Mend the permissions',
  EROFS: 'the file system is read-only. Name a file on another one',
  EPIPE: 'whoever read it has ended',
  Z_BUF_ERROR: 'it was cut off. Take another backup',
};

/** The error for an operator whose backup cannot be written or read, for a reason of the file system or of zlib. */
export function unusableFile(path: string, deed: 'written' | 'read', cause: unknown): KernelError {
  if (cause instanceof KernelError) return cause;
  const { code = 'unknown' } = cause as NodeJS.ErrnoException;
  const other = code.startsWith('Z_')
    ? 'it is damaged, or no backup. Take another one'
    : 'the system refused. Check the disk';
  return new KernelError('BackupUnusable', `${path} cannot be ${deed} (${code}): ${cures[code] ?? other}.`, { cause });
}
