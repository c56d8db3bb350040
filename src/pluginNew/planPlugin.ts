import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../core/defineConfig.ts';
import { namesOf } from './Names.ts';
import { Refusal } from './Refusal.ts';
import { readTemplate, type Texts } from './readTemplate.ts';
import { refuseBadName } from './refuseBadName.ts';
import { refuseTakenName } from './refuseTakenName.ts';
import { tidyUp } from './tidyUp.ts';
import { wiring } from './wire.ts';

/** What a new plugin writes: its own files, and those that name it. */
export interface Plan {
  readonly created: Texts;
  readonly changed: Texts;
}

/** Works out a new plugin in the project at `root`, without writing anything. @throws Refusal */
export function planPlugin(root: string, config: Config, name: string | undefined): Plan {
  refuseBadName(name);
  const names = namesOf(name);
  const migrations = readdirSync(join(root, 'migrations')).filter((file) => file.endsWith('.sql'));
  const files = readTemplate(root, names, numberAfter(migrations));
  const read = (path: string): string => readFileSync(join(root, path), 'utf8');
  const folder = `src/plugins/${names.kebab}`;
  for (const path of [folder, `tests/plugins/${names.kebab}`])
    if (existsSync(join(root, path))) throw new Refusal(`There is ${path} already. Remove it, or take another name.`);
  refuseTakenName(names, {
    config,
    migrations: migrations.filter((file) => !file.endsWith('.down.sql')).map((file) => read(`migrations/${file}`)),
    migration: [...files].find(([path]) => path.endsWith(`_${names.snake}.sql`))?.[1] ?? '',
    sources: [read('sapphire.config.ts'), files.get(`${folder}/plugin.ts`) ?? ''],
  });
  const wired = Object.entries(wiring).map(([path, edit]): [string, string] => [path, edit(read(path), names)]);
  const texts = tidyUp(root, new Map([...files, ...wired]));
  const part = (paths: Iterable<string>): Texts => new Map([...paths].map((path) => [path, texts.get(path) ?? '']));
  return { created: part(files.keys()), changed: part(Object.keys(wiring)) };
}

function numberAfter(migrations: readonly string[]): string {
  const last = Math.max(0, ...migrations.map((file) => Number.parseInt(file, 10)));
  return String(last + 1).padStart(3, '0');
}
