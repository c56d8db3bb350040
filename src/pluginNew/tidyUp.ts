import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Refusal } from './Refusal.ts';
import type { Texts } from './readTemplate.ts';

/** The texts as Biome wants them: names have lengths, by which lines are broken and imports sorted. @throws Refusal */
export function tidyUp(root: string, texts: Texts): Texts {
  const sources = [...texts].filter(([path]) => path.endsWith('.ts'));
  const folder = mkdtempSync(join(tmpdir(), 'steward-plugin-'));
  try {
    for (const [path, text] of sources) {
      mkdirSync(join(folder, dirname(path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    const biome = join(root, 'node_modules/.bin/biome');
    const options = ['--write', '--error-on-warnings', '--vcs-enabled=false', `--config-path=${root}`, folder];
    const { status, stderr, error } = spawnSync(biome, ['check', ...options], { encoding: 'utf8' });
    if (error) throw new Refusal(`Biome does not run: ${error.message}. Install what the project needs: npm ci`);
    if (status !== 0) throw new Refusal(`Biome does not take what this name makes. ${complaints(stderr)}`);
    return new Map([
      ...texts,
      ...sources.map(([path]): [string, string] => [path, readFileSync(join(folder, path), 'utf8')]),
    ]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const complaints = (output: string): string => {
  const found = new Set([...output.matchAll(/^\s*× (.+)$/gm)].map(([, complaint]) => complaint));
  return found.size === 0 ? output.trim() : [...found].join(' ');
};
