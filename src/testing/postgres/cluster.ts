import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chown, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findPostgres, postgresAccount, reachableBinaries } from './binaries.ts';

/** A database cluster on disk, ready for `launch`. */
export interface Cluster {
  dataDir: string;
  password: string;
  postgres: string;
  spawnOptions: { uid?: number; gid?: number; cwd: string; env: Record<string, string> };
}

export const superuser = 'steward';

/** Prepares a cluster in `directory`, or takes the one that an earlier call left there. */
export async function prepareCluster(directory: string): Promise<Cluster> {
  const found = findPostgres();
  if (!found) throw new Error(`npm installed no PostgreSQL that runs on ${process.platform}-${process.arch}.`);
  const account = await postgresAccount();
  const own = async (path: string) => {
    if (account.uid !== undefined && account.gid !== undefined) await chown(path, account.uid, account.gid);
  };
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await own(directory);
  const { initdb, postgres } = await reachableBinaries(found, account, directory);
  // None of this process's own PG… variables may reach the server.
  const spawnOptions = { ...account, cwd: directory, env: { LC_ALL: 'C', TZ: 'UTC' } };

  const dataDir = join(directory, 'data');
  const passwordFile = join(directory, 'password');
  if (!existsSync(join(dataDir, 'PG_VERSION'))) {
    await writeFile(passwordFile, randomBytes(16).toString('hex'), { mode: 0o600 });
    await own(passwordFile);
    const locale = ['--encoding=UTF8', '--no-locale', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
    const login = ['--username', superuser, '--pwfile', passwordFile, '--auth=scram-sha-256'];
    await promisify(execFile)(initdb, ['--pgdata', dataDir, ...locale, ...login, '--no-sync'], spawnOptions);
  }
  return { dataDir, password: await readFile(passwordFile, 'utf8'), postgres, spawnOptions };
}

const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  // Survives the death of the server, which is what tests are about, but not of the machine.
  fsync: 'off',
  full_page_writes: 'off',
  synchronous_commit: 'on',
  max_connections: '200',
  // In the cluster's directory instead of /dev/shm, which is small in containers and which a SIGKILL would leave full.
  dynamic_shared_memory_type: 'mmap',
};

/** Starts the server of a cluster and resolves when it accepts connections; the error has the end of its log. */
export async function launch(cluster: Cluster, port: number, timeLimit = 30_000): Promise<ChildProcess> {
  const settings = Object.entries({ ...SETTINGS, port }).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const server = spawn(cluster.postgres, ['-D', cluster.dataDir, ...settings], {
    ...cluster.spawnOptions,
    stdio: ['ignore', 'ignore', 'pipe'],
    // A Ctrl-C in the terminal is for vitest, which then stops the server.
    detached: true,
  });
  let log = '';
  await new Promise<void>((resolve, reject) => {
    const fail = (what: string) => reject(new Error(`PostgreSQL ${what}. Its log ends with:\n${log}`));
    const timer = setTimeout(() => {
      server.kill('SIGKILL');
      fail(`was not ready within ${timeLimit} ms`);
    }, timeLimit);
    server.once('error', reject);
    // Not 'exit', which may come before the last lines of the log.
    server.once('close', (code, signal) => fail(`ended with ${signal ?? `status ${code}`}`));
    server.once('close', () => clearTimeout(timer));
    server.stderr.setEncoding('utf8').on('data', (lines: string) => {
      log = (log + lines).slice(-4000);
      if (!log.includes('database system is ready to accept connections')) return;
      clearTimeout(timer);
      resolve();
    });
  });
  return server;
}

/** Removes the shared memory that a killed server left in the system, by letting it recover and end by itself. */
export async function recover({ postgres, dataDir, spawnOptions }: Cluster): Promise<void> {
  const server = promisify(execFile)(postgres, ['--single', '-D', dataDir, 'postgres'], spawnOptions);
  server.child.stdin?.end();
  await server;
}
