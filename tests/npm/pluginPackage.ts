import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, realpath, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A folder with a `node_modules` of its own, from which the bot's packages are found as from the project's own. */
export async function projectFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const cache = join(await realpath(join(import.meta.dirname, '../../node_modules')), '.cache');
  await mkdir(cache, { recursive: true });
  const path = await mkdtemp(join(cache, 'plugin-package-'));
  await writeFile(join(path, 'package.json'), '{ "private": true }');
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** Packs a package of these files, `index.js` among them, as for npm's registry, installs it in the folder, and imports it. */
export async function installAndImport(
  folder: string,
  { name, files }: { name: string; files: Readonly<Record<string, string>> },
): Promise<Record<string, unknown>> {
  const source = join(folder, 'source', name);
  for (const [file, text] of Object.entries(files)) {
    await mkdir(dirname(join(source, file)), { recursive: true });
    await writeFile(join(source, file), text);
  }
  await run('npm', ['pack', '--pack-destination', source], { cwd: source });
  const [tarball = ''] = (await readdir(source)).filter((file) => file.endsWith('.tgz'));
  // The bot's packages are there, only not in this folder.
  const install = ['install', '--offline', '--no-audit', '--no-fund', '--ignore-scripts', '--legacy-peer-deps'];
  await run('npm', [...install, join(source, tarball)], { cwd: folder });
  return import(pathToFileURL(join(folder, 'node_modules', name, 'index.js')).href);
}
