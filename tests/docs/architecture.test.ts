import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ConversationHooks } from '../../src/core/conversation/Hooks.ts';
import { readPage, root } from './pages.ts';

/** Every hook there is: the compiler finds one too many and one too few. */
const hooks = {
  recall: true,
  respond: true,
  record: true,
  forget: true,
  exportData: true,
} satisfies Record<keyof ConversationHooks<never>, true>;

const { text } = readPage('docs/ARCHITECTURE.md');
const rowsOf = (table: RegExp): string[] => {
  const [, rows = ''] = table.exec(text) ?? [];
  return [...rows.matchAll(/^\| `([^`]+)`/gm)].map(([, name = '']) => name);
};

// All that names in the documentation can be taken from.
const everything = globSync(['{src,migrations,n8n}/**/*.*', '*.{ts,json}', '.env.example'], { cwd: root })
  .filter((path) => /\.(?:ts|js|json|sql|example)$/.test(path))
  .map((path) => readFileSync(join(root, path), 'utf8'))
  .join('\n');

describe('docs/ARCHITECTURE.md', () => {
  it('lists exactly the hooks of src/core/conversation/Hooks.ts', () => {
    expect(rowsOf(/\| hook \|.+\n\| ---.+\n((?:\|.+\n)+)/)).toEqual(Object.keys(hooks));
  });

  it('names parts of the storage that are there', () => {
    const [, ...parts] = rowsOf(/\n(\| `src\/core\/database\/`.+\n(?:\|.+\n)+)/);
    expect(parts.length).toBeGreaterThan(5);
    for (const part of parts)
      expect(existsSync(join(root, part.includes('/') ? part : `src/core/database/${part}.ts`)), part).toBe(true);
  });
});

describe('what stands between backticks is a name in the code, in', () => {
  const pages = [
    'docs/ARCHITECTURE.md',
    'docs/LIFECYCLE.md',
    'docs/ERRORS.md',
    ...globSync('src/plugins/*/README.md', { cwd: root }),
  ];
  it.each(pages)('%s', (path) => {
    const page = readPage(path);
    // Blocks are drawings, and references.test.ts looks at paths.
    const spans = page.code.filter((code) => !code.includes('\n') && !/\w\/\w/.test(code));
    const unknown = spans
      .flatMap((span) => span.match(/[A-Za-z_]\w{2,}/g) ?? [])
      .filter((word) => !everything.includes(word));
    expect(unknown).toEqual([]);
  });
});
