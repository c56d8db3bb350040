import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export const root = join(import.meta.dirname, '../..');

/** A page of the documentation. */
export interface Page {
  /** From the project's folder. */
  readonly path: string;
  readonly folder: string;
  readonly text: string;
  /** What stands between backticks, in the text and in its blocks. */
  readonly code: readonly string[];
}

/** Every page that belongs to the project. */
export const pages: readonly Page[] = globSync('{*.md,{docs,deploy,n8n,src,templates,tests}/**/*.md}', { cwd: root })
  .map((path) => path.replaceAll('\\', '/'))
  .toSorted()
  .map(readPage);

export function readPage(path: string): Page {
  const text = readFileSync(join(root, path), 'utf8');
  const blocks = [...text.matchAll(/^ *```.*\n([\s\S]*?)^ *```$/gm)].map(([, block = '']) => block);
  const spans = [...text.replaceAll(/^ *```[\s\S]*?^ *```$/gm, '').matchAll(/(`+)(.+?)\1/g)].map(
    ([, , span = '']) => span,
  );
  return { path, folder: dirname(path), text, code: [...spans, ...blocks] };
}
