import { type FileHandle, open } from 'node:fs/promises';

/** Works with a file and closes it, whatever happens; a new one is for this user only. */
export async function withFile<Result>(
  path: string,
  flags: 'r' | 'r+' | 'w',
  work: (handle: FileHandle) => Promise<Result>,
): Promise<Result> {
  const handle = await open(path, flags, 0o600);
  try {
    return await work(handle);
  } finally {
    await handle.close();
  }
}
