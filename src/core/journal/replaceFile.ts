import { rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncFolder } from './syncFolder.ts';
import { withFile } from './withFile.ts';

/** Gives a file another content, durably: whatever happens, it has either the old or the new one. */
export async function replaceFile(path: string, content: string | Buffer): Promise<void> {
  const temporary = `${path}.tmp`;
  try {
    await withFile(temporary, 'w', async (handle) => {
      await handle.writeFile(content);
      await handle.sync();
    });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}
