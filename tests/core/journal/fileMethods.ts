import { open } from 'node:fs/promises';

type Method = 'datasync' | 'read' | 'truncate' | 'write';

/** The methods that all open files share, to be spied on: Node does not export their class. `path` is of any file or folder. */
export async function fileMethods(
  path: string,
): Promise<Record<Method, (...parameters: unknown[]) => Promise<unknown>>> {
  const handle = await open(path, 'r');
  await handle.close();
  return Object.getPrototypeOf(handle);
}
