import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The project's folder. */
export const root = join(import.meta.dirname, '../..');

/** The text of one of the project's files. */
export const textOf = (path: string): string => readFileSync(join(root, path), 'utf8');

/** What `package.json` says of itself. */
export const { version } = JSON.parse(textOf('package.json')) as { version: string };
