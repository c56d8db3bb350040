import { existsSync, globSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import { namesOf } from '../../src/pluginNew/Names.ts';
import { rename, templateName } from '../../src/pluginNew/rename.ts';
import { guided } from './guide.ts';
import { type Page, pages, readPage, root } from './pages.ts';

const named = pages.map((page) => [page.path, page] as const);
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: object };

// https://docs.github.com/en/get-started/writing-on-github/getting-started-with-writing-and-formatting-on-github/basic-writing-and-formatting-syntax#section-links
const anchorsOf = ({ text }: Page): string[] =>
  [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );

function brokenLinks(page: Page): string[] {
  const targets = [...page.text.matchAll(/\]\((?!\w+:)([^)\s]+)\)/g)].map(([, target = '']) => target);
  return targets.filter((target) => {
    const [path = '', anchor] = target.split('#');
    const linked = path === '' ? page.path : posix.join(page.folder, path);
    if (!existsSync(join(root, linked))) return true;
    return anchor !== undefined && !anchorsOf(readPage(linked)).includes(anchor);
  });
}

// A path of the project, from its own folder, from src/ or from the page's; NAME stands for any.
const path =
  /(?<![\w/.~:…-])(?:(?:src|tests|docs|migrations|deploy|n8n|templates)\/[\w./-]*|[\w-]+(?:\/[\w-]+)*\/[\w.-]+\.(?:ts|sql|md|json|txt|ya?ml))(?![\w/])/g;

// The guide's plugin is the template under another name.
const template = namesOf(templateName);
const guide = ['templates/plugin', `templates/plugin/src/plugins/${templateName}`];

function missingPaths({ code, folder }: Page): string[] {
  const paths = code.flatMap((text) => [...text.matchAll(path)].map(([found]) => found.replace(/\.$/, '')));
  // Secrets are the reader's to write.
  const ours = paths.filter((found) => !found.startsWith('deploy/secrets/'));
  return ours.filter((found) => {
    const pattern = rename(found, template, guided).replaceAll('NAME', '*').replace('NNN', '000');
    const folders = ['.', 'src', folder, ...guide];
    return !folders.some((from) => globSync(pattern, { cwd: join(root, from) }).length > 0);
  });
}

const missingScripts = ({ text }: Page): string[] =>
  [...text.matchAll(/\bnpm run (?:--?\w+ )*([a-z][\w:-]*)/g)].flatMap(([, script = '']) =>
    script in scripts ? [] : script,
  );

describe('every page of the documentation', () => {
  it.each(named)('links to what is there: %s', (_path, page) => {
    expect(brokenLinks(page)).toEqual([]);
  });

  it.each(named)('names files that are there: %s', (_path, page) => {
    expect(missingPaths(page)).toEqual([]);
  });

  it.each(named)('names commands that there are: %s', (_path, page) => {
    expect(missingScripts(page)).toEqual([]);
  });

  it('is found: those in docs/ are linked from README.md or from a page that is', () => {
    const linked = new Set(['README.md']);
    for (const at of linked)
      for (const [, target = ''] of readPage(at).text.matchAll(/\]\(([^)#\s]+\.md)(?:#[^)]*)?\)/g))
        if (!target.includes(':')) linked.add(posix.join(posix.dirname(at), target));
    expect(pages.map((page) => page.path).filter((page) => page.startsWith('docs/') && !linked.has(page))).toEqual([]);
  });
});

describe('the test of the documentation', () => {
  const page = (text: string): Page => ({ path: 'docs/A.md', folder: 'docs', text, code: [text] });

  it('finds what is not there', () => {
    expect(brokenLinks(page('[a](B.md), [b](../README.md#no-such-heading), [c](#here)'))).toHaveLength(3);
    expect(
      missingPaths(page('src/nothing.ts, `tests/no/such/`, core/nothing.ts and repositories/Nothing.ts')),
    ).toHaveLength(4);
    expect(missingScripts(page('npm run no-such-thing and npm run --silent none'))).toEqual(['no-such-thing', 'none']);
  });

  it('takes what is there', () => {
    expect(brokenLinks(page('[a](ERRORS.md), [b](../README.md#go-live), [c](https://example.com/x.md)'))).toEqual([]);
    expect(missingPaths(page('src/main.ts, core/config.ts, src/plugins/NAME/plugin.ts, docs/'))).toEqual([]);
    expect(missingScripts(page('npm run check, npm run --silent doctor'))).toEqual([]);
  });
});
