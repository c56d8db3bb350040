import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { hours, minutes } from '../../src/core/time.ts';

/** 2.41.3 cannot be installed: it asks for a package that npm does not have. */
const n8nVersion = '2.41.1';

/** Where installed n8ns and their output are kept; they are not the project's, whose licence differs. */
export const n8nFolder =
  process.env.N8N_TEST_DIR ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'steward-n8n');

/** Installs n8n from npm unless an earlier run did (1.9 GB, two minutes), and returns the folder that holds its `node_modules`. */
export async function installN8n(announce: (line: string) => void): Promise<string> {
  const installed = join(n8nFolder, n8nVersion);
  if (existsSync(installed)) return installed;
  announce(`Installing n8n ${n8nVersion} from npm in ${installed}, once: some 2 GB, some minutes.`);
  await mkdir(n8nFolder, { recursive: true });
  await removeAbandoned();
  // Under its name when it is whole only.
  const partial = await mkdtemp(join(n8nFolder, 'partial-'));
  try {
    await writeFile(
      join(partial, 'package.json'),
      JSON.stringify({ private: true, dependencies: { n8n: n8nVersion } }),
    );
    // The store links to the same files; in a folder of its own so that nothing stays elsewhere.
    const store = join(partial, 'store');
    // npm takes three times as long as pnpm. No package's scripts run: what they would build is not needed here.
    const pnpm = ['-y', 'pnpm@10', 'install', '--ignore-scripts', '--config.node-linker=hoisted', '--store-dir', store];
    await promisify(execFile)('npx', pnpm, { cwd: partial, timeout: minutes(15), maxBuffer: 64 * 1024 * 1024 });
    await rm(store, { recursive: true });
    await rename(partial, installed).catch((error: unknown) => {
      // Another run was quicker.
      if (!existsSync(installed)) throw error;
    });
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
  return installed;
}

/** Removes what a run that was killed left half-finished. */
async function removeAbandoned(): Promise<void> {
  for (const name of (await readdir(n8nFolder)).filter((one) => one.startsWith('partial-'))) {
    const { birthtimeMs } = await stat(join(n8nFolder, name));
    if (birthtimeMs < Date.now() - hours(1)) await rm(join(n8nFolder, name), { recursive: true, force: true });
  }
}
