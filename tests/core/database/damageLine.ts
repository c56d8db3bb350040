import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Damages the line of a journal under this data folder that holds a text, as a failing disk would. */
export async function damageLine(dataDir: string, text: string): Promise<void> {
  const folder = join(dataDir, 'journal');
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const content = await readFile(path, 'latin1');
    const damaged = content.replaceAll(text, '#'.repeat(text.length));
    if (damaged !== content) await writeFile(path, damaged, 'latin1');
  }
}
