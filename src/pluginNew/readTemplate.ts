import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Names } from './Names.ts';
import { rename } from './rename.ts';

/** Texts by their paths from the project's folder. */
export type Texts = ReadonlyMap<string, string>;

/** The template's files under another name; its migration gets a number. */
export function readTemplate(root: string, names: Names, number: string): Texts {
  const folder = join(root, 'templates/plugin');
  const paths = globSync('{src,tests,migrations}/**/*.*', { cwd: folder }).map((path) => path.replaceAll('\\', '/'));
  const files = paths.toSorted().map((path): [string, string] => {
    const text = readFileSync(join(folder, path), 'utf8');
    return [rename(path, names).replace('migrations/000_', `migrations/${number}_`), rename(text, names)];
  });
  return new Map(files);
}
