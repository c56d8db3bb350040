import { withFile } from './withFile.ts';

/** Makes the names in a folder durable: a new, renamed or removed file. https://man7.org/linux/man-pages/man2/fsync.2.html */
export async function syncFolder(folder: string): Promise<void> {
  // Windows cannot open a folder for this, and writes names down by itself.
  if (process.platform !== 'win32') await withFile(folder, 'r', (handle) => handle.sync());
}
