import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { lockDataDir } from '../../../src/core/database/lockDataDir.ts';

const script = fileURLToPath(new URL('./holdDataDir.ts', import.meta.url));

let folder: string;
const children: ChildProcessByStdio<null, Readable, null>[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'steward-lock-'));
});
afterEach(async () => {
  for (const child of children.splice(0)) await kill(child);
  await rm(folder, { recursive: true });
});

/** Starts a process that takes the folder; gives the process and what it said first. */
async function hold(): Promise<{ child: ChildProcessByStdio<null, Readable, null>; said: string }> {
  const child = spawn(process.execPath, [script, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  const [said] = await once(createInterface({ input: child.stdout }), 'line');
  return { child, said };
}

async function kill(child: ChildProcessByStdio<null, Readable, null>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

const sentence = () =>
  `Another process uses the data folder ${folder}. Stop it, or give this one a folder of its own with DATA_DIR.`;

it('refuses a folder that another process has, and says how to go on', async () => {
  expect((await hold()).said).toBe('locked');
  expect((await hold()).said).toBe(`DataDirLocked: ${sentence()}`);
  expect(() => lockDataDir(folder)).toThrow(expect.objectContaining({ code: 'DataDirLocked', message: sentence() }));
});

it('takes a folder at once whose process was killed', async () => {
  const { child } = await hold();
  await kill(child);
  lockDataDir(folder)();
});

it('refuses a folder that this process has, until it gives it back', async () => {
  const unlock = lockDataDir(folder);
  expect(() => lockDataDir(folder)).toThrow(expect.objectContaining({ code: 'DataDirLocked' }));
  expect((await hold()).said).toBe(`DataDirLocked: ${sentence()}`);
  unlock();
  expect((await hold()).said).toBe('locked');
});

it('makes the folder, for this user only', async () => {
  const deep = join(folder, 'not', 'there', 'yet');
  lockDataDir(deep)();
  const { mode } = await stat(deep);
  expect(mode & 0o777).toBe(0o700);
});

it('names the folder that cannot be written to', async () => {
  const file = join(folder, 'a file');
  await writeFile(file, '');
  const below = join(file, 'data');
  expect(() => lockDataDir(below)).toThrow(
    expect.objectContaining({
      code: 'BadEnvironment',
      message: `DATA_DIR: the folder ${below} cannot be written to (ENOTDIR). Check that this user may.`,
    }),
  );
});
