import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
/** Halves the time that each process takes to start: https://nodejs.org/api/module.html#module-compile-cache */
const NODE_COMPILE_CACHE = fileURLToPath(new URL('../../node_modules/.cache/compiled', import.meta.url));

// Standard input ends with this process, however it ends: a test run that gives up leaves no bot behind.
const endWithParent = 'data:text/javascript,process.stdin.resume().once("end", () => process.exit(9)).unref()';

interface Options {
  /** A data folder to use; by default one of its own, which does not exist yet. */
  dataDir?: string;
  /** Where the bot is; this project by default. */
  project?: string;
}

/** The bot as operators run it: a process of its own, in an empty folder, with nothing of this process's environment. */
export class BotProcess implements AsyncDisposable {
  readonly dataDir: string;
  /** Whole lines, as they came. */
  readonly stdout: string[] = [];
  readonly stderr: string[] = [];
  /** The exit status, or the signal that ended it; settles when both streams have been read to their ends. */
  readonly ended: Promise<number | NodeJS.Signals | null>;
  readonly #folder: string;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #waiting = new Set<() => void>();
  #hasEnded = false;

  /** Spawns it; the variables are all that it knows besides a free `HEALTH_CHECK_PORT` and its `DATA_DIR`. */
  static async start(environment: Record<string, string | undefined>, options: Options = {}): Promise<BotProcess> {
    return new BotProcess(await mkdtemp(join(tmpdir(), 'steward-process-')), environment, options);
  }

  private constructor(folder: string, environment: Record<string, string | undefined>, { dataDir, project }: Options) {
    this.#folder = folder;
    this.dataDir = dataDir ?? join(folder, 'data');
    const { PATH, SystemRoot, TMPDIR } = process.env;
    this.#child = spawn(process.execPath, ['--import', endWithParent, project ? join(project, 'src/main.ts') : main], {
      cwd: folder,
      env: {
        PATH,
        SystemRoot,
        TMPDIR,
        NODE_COMPILE_CACHE,
        HEALTH_CHECK_PORT: '0',
        DATA_DIR: this.dataDir,
        ...environment,
      },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.#collect(this.#child.stdout, this.stdout);
    this.#collect(this.#child.stderr, this.stderr);
    // Not 'exit', which may come before the last lines.
    this.ended = once(this.#child, 'close').then(([status, signal]) => {
      this.#hasEnded = true;
      this.#tellWaiting();
      return status ?? signal;
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** The log so far; what is no JSON, as the playground's announcement or a line that a kill cut short, is left out. */
  get log(): Record<string, unknown>[] {
    return this.stdout.filter((line) => /^\{.*\}$/.test(line)).map((line) => JSON.parse(line));
  }

  /** The first line of standard output, past or to come, in which the pattern is found: its match. */
  async line(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = this.stdout.map((line) => pattern.exec(line)).find((found) => found !== null);
      if (match) return match;
      if (this.#hasEnded) throw new Error(`The process ended without a line like ${pattern}:\n${this.#output()}`);
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  /** Where `/health` and its like are served, `http://127.0.0.1:PORT`. */
  async url(): Promise<string> {
    const [, url = ''] = await this.line(/"address":"([^"]+)"/);
    return url;
  }

  /** Settles when the bot takes messages. */
  async ready(): Promise<void> {
    await this.line(/"Steward is ready\."/);
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Sends the signal and waits for the end: the exit status, or the signal when it was not handled. */
  stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | NodeJS.Signals | null> {
    this.signal(signal);
    return this.ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#hasEnded) await this.stop('SIGKILL');
    await rm(this.#folder, { recursive: true, force: true });
  }

  #collect(stream: Readable, lines: string[]): void {
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line);
      this.#tellWaiting();
    });
  }

  #tellWaiting(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }

  #output(): string {
    return [...this.stdout.slice(-20), ...this.stderr.slice(-20)].join('\n');
  }
}
