import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writePlan } from '../../src/pluginNew/writePlan.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'steward-plan-'));
  writeFileSync(join(root, 'README.md'), 'before');
});
afterEach(() => rmSync(root, { recursive: true }));

const created = new Map([
  ['src/plugins/notes/plugin.ts', 'the plugin'],
  ['src/plugins/notes/commands/notes.ts', 'the command'],
]);
const everything = (): string[] => readdirSync(root, { recursive: true }).map(String).toSorted();

describe('a plan', () => {
  it('is written: new files with their folders, and changed ones', () => {
    writePlan(root, { created, changed: new Map([['README.md', 'after']]) });
    for (const [path, text] of created) expect(readFileSync(join(root, path), 'utf8')).toBe(text);
    expect(readFileSync(join(root, 'README.md'), 'utf8')).toBe('after');
  });

  it('leaves everything as it was when a file cannot be changed', () => {
    const changed = new Map([
      ['README.md', 'after'],
      ['not-there.md', 'after'],
    ]);
    expect(() => writePlan(root, { created, changed })).toThrow(/ENOENT/);
    expect(everything()).toEqual(['README.md']);
    expect(readFileSync(join(root, 'README.md'), 'utf8')).toBe('before');
  });

  it('writes over no file, and leaves everything as it was', () => {
    mkdirSync(join(root, 'src/plugins/notes/commands'), { recursive: true });
    writeFileSync(join(root, 'src/plugins/notes/commands/notes.ts'), 'mine');
    const before = everything();
    expect(() => writePlan(root, { created, changed: new Map() })).toThrow(/EEXIST/);
    expect(everything()).toEqual(before);
    expect(readFileSync(join(root, 'src/plugins/notes/commands/notes.ts'), 'utf8')).toBe('mine');
    expect(existsSync(join(root, 'src/plugins/notes/plugin.ts'))).toBe(false);
  });
});
