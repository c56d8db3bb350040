import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from './kit.ts';

/** How a tool ended, and what it said. */
export interface Ended {
  readonly status: number | NodeJS.Signals | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

interface Options {
  /** What it is started with, as `prlimit` and its options. */
  readonly by?: readonly string[];
  readonly cwd?: string;
  /** Is told of the process. */
  onStarted?(child: ChildProcess): void;
}

/** Runs `npm run backup` or `npm run restore` as operators do: a process of its own, in a folder of its own. */
export async function tool(
  name: 'backup' | 'restore',
  parameters: readonly string[],
  environment: Readonly<Record<string, string>>,
  { by = [], cwd = temporaryFolder(), onStarted }: Options = {},
): Promise<Ended> {
  const script = fileURLToPath(new URL(`../../src/${name}.ts`, import.meta.url));
  const [command = '', ...rest] = [...by, process.execPath, script, ...parameters];
  const { PATH } = process.env;
  const child = spawn(command, rest, { cwd, env: { PATH, ...environment }, stdio: ['ignore', 'pipe', 'pipe'] });
  const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  onStarted?.(child);
  const [status, signal] = await once(child, 'close');
  return { status: status ?? signal, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr).toString() };
}
