import { type Names, namesOf } from '../../src/pluginNew/Names.ts';
import { rename } from '../../src/pluginNew/rename.ts';
import { readPage } from './pages.ts';

/** A piece of a file that docs/WRITING-A-PLUGIN.md shows. */
export interface Excerpt {
  readonly path: string;
  readonly text: string;
}

/** A change that it tells the reader to make: where `before` stands, `after` shall stand. */
export interface Change {
  readonly path: string;
  readonly before: string;
  readonly after: string;
}

const { text } = readPage('docs/WRITING-A-PLUGIN.md');

/** What the plugin of the guide is called. */
export const guided = namesOf('reading-list');

const blocks = (language: string): string[] =>
  [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(([, block = '']) => block);

export const excerpts: readonly Excerpt[] = [...blocks('ts'), ...blocks('sql')].map((block) => {
  const [, path = '', rest = ''] = /^(?:\/\/|--) (\S+)\n([\s\S]*)$/.exec(block) ?? [];
  return { path, text: rest };
});

/** The module that it shows as a package of its own. */
export const packaged = blocks('js')[0] ?? '';

/** The changes, as they are to be made in a plugin of another name. */
export const changesFor = (names: Names): Change[] =>
  blocks('diff').map((block) => {
    const [head = '', ...lines] = rename(block, names, guided).trimEnd().split('\n');
    const side = (mark: string): string =>
      lines
        .filter((line) => line.startsWith(' ') || line.startsWith(mark))
        .map((line) => `${line.slice(1)}\n`)
        .join('');
    return { path: head.replace('--- ', ''), before: side('-'), after: side('+') };
  });
