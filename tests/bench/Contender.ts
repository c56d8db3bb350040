import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const file = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** The bots that are compared, by name: what each of them runs. */
export const programs = {
  Steward: file('../../src/main.ts'),
  'bare Sapphire': file('./contenders/sapphire.ts'),
  'bare discord.js': file('./contenders/discordJs.ts'),
} as const;

export type ContenderName = keyof typeof programs;

/** Where each keeps what Node compiled for its next start, as `npm start` does. */
const compiled = file('../../node_modules/.cache/bench');

/** The kernel counts a process's time in these: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
const ticksPerSecond = 100;

/** A bot in a process of its own, in a folder of its own; what it takes is read from the system, so it runs on Linux only. */
export class Contender implements AsyncDisposable {
  readonly name: ContenderName;
  readonly #child: ChildProcess;
  readonly #folder: string;

  /** Starts one; the variables are all that it knows. What it prints goes into a file, as under most supervisors. */
  static async start(name: ContenderName, environment: Record<string, string>): Promise<Contender> {
    const folder = await mkdtemp(join(tmpdir(), 'steward-bench-'));
    const log = await open(join(folder, 'log'), 'w');
    const { PATH } = process.env;
    const child = spawn(process.execPath, [programs[name]], {
      cwd: folder,
      env: {
        PATH,
        NODE_COMPILE_CACHE: join(compiled, name),
        HEALTH_CHECK_PORT: '0',
        DATA_DIR: join(folder, 'data'),
        ...environment,
      },
      stdio: ['ignore', log.fd, log.fd],
    });
    await log.close();
    return new Contender(name, child, folder);
  }

  private constructor(name: ContenderName, child: ChildProcess, folder: string) {
    this.name = name;
    this.#child = child;
    this.#folder = folder;
  }

  /** Rejects, with the last that it printed, if the process ends. */
  async ended(): Promise<never> {
    const [status, signal] = await once(this.#child, 'exit');
    const log = await readFile(join(this.#folder, 'log'), 'utf8');
    throw new Error(`${this.name} ended by itself (${status ?? signal}):\n${log.split('\n').slice(-20).join('\n')}`);
  }

  /** User and system time so far, all threads together; milliseconds. */
  async cpuTime(): Promise<number> {
    const stat = await this.#read('stat');
    // Behind the program's name, which may hold blanks.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return ((Number(fields[11]) + Number(fields[12])) * 1_000) / ticksPerSecond;
  }

  /** Resident memory now; bytes. */
  async memory(): Promise<number> {
    return Number(/VmRSS:\s+(\d+) kB/.exec(await this.#read('status'))?.[1]) * 1_024;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const exit = once(this.#child, 'exit');
      this.#child.kill('SIGKILL');
      await exit;
    }
    await rm(this.#folder, { recursive: true, force: true });
  }

  #read(what: string): Promise<string> {
    return readFile(`/proc/${this.#child.pid}/${what}`, 'utf8');
  }
}
