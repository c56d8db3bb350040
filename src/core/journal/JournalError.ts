export type JournalErrorCode = 'JournalFull' | 'JournalUnwritable' | 'JournalUnreadable' | 'JournalClosed';

const cures: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full. Free some space',
  EDQUOT: 'the disk quota is used up. Free some space or raise it',
  EFBIG: 'a file may not grow further. Raise the limit on file sizes (ulimit -f)',
  EROFS: 'the file system is read-only. Mount it for writing',
  EACCES: 'this user may not. Mend the permissions',
  EPERM: 'this user may not. Mend the permissions',
  EMFILE: 'the process has too many files open. Raise the limit (ulimit -n)',
  EIO: 'the disk reports a fault. Check it, or move DATA_DIR to another one',
  ENOENT: 'a folder or file is gone. Restore it and restart the bot',
};

/** Why the journal did not take or give something; its message names the cause and the cure. */
export class JournalError extends Error {
  override readonly name = 'JournalError';
  readonly code: JournalErrorCode;

  constructor(code: JournalErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  /** What an error of the file system means for the journal in this folder. */
  static of(code: 'JournalUnwritable' | 'JournalUnreadable', folder: string, cause: unknown): JournalError {
    if (cause instanceof JournalError) return cause;
    const { code: errno = 'unknown' } = cause as NodeJS.ErrnoException;
    const deed = code === 'JournalUnwritable' ? 'written' : 'read';
    const why = cures[errno] ?? 'the system refused. Check the disk and the permissions';
    return new JournalError(code, `The journal in ${folder} cannot be ${deed} (${errno}): ${why}.`, { cause });
  }
}
