import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const reason = 'There is no redis-server on this machine';

/** Whether the tests that need a Redis can run here; where they must (on CI), its absence is an error. */
export function hasRedis(): boolean {
  if (spawnSync('redis-server', ['--version']).status === 0) return true;
  if (process.env.CI) throw new Error(`${reason}: install it, the way .ci/run does.`);
  process.emitWarning(`${reason}: the tests that need one are skipped.`);
  return false;
}

/** A real Redis of one's own on a free port, with a password, to be stopped, killed, emptied and restarted at will. */
export class RedisServer implements AsyncDisposable {
  readonly port: number;
  readonly password = randomBytes(16).toString('hex');
  readonly #directory: string;
  readonly #reaper: ChildProcess;
  #server: ChildProcess | undefined;

  static async start(): Promise<RedisServer> {
    const server = new RedisServer(await freePort(), await mkdtemp(join(tmpdir(), 'steward-redis-')));
    try {
      await server.restart();
      return server;
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
  }

  private constructor(port: number, directory: string) {
    this.port = port;
    this.#directory = directory;
    const script = fileURLToPath(new URL('../../src/testing/postgres/reaper.ts', import.meta.url));
    this.#reaper = spawn(process.execPath, [script, directory], {
      stdio: ['pipe', 'ignore', 'inherit'],
      detached: true,
    });
  }

  /** What the bot gets as REDIS_URL. */
  get url(): string {
    return `redis://:${this.password}@127.0.0.1:${this.port}/0`;
  }

  /** Starts the server on the data and the port that it had, after stopping it if it runs. */
  async restart(): Promise<void> {
    await this.stop();
    const settings = {
      port: this.port,
      bind: '127.0.0.1',
      requirepass: this.password,
      dir: this.#directory,
      save: '',
      // So that a kill loses nothing of what was answered.
      appendonly: 'yes',
      appendfsync: 'no',
    };
    const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
    const server = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'inherit'], detached: true });
    this.#server = server;
    this.#reaper.stdin?.write(`${server.pid}\n`);
    server.once('exit', () => this.#reaper.stdin?.write('0\n'));
    const log: string[] = [];
    for await (const line of createInterface({ input: server.stdout })) {
      log.push(line);
      if (line.includes('Ready to accept connections')) break;
    }
    server.stdout.resume();
    if (!log.at(-1)?.includes('Ready')) throw new Error(`redis-server did not start:\n${log.join('\n')}`);
  }

  /** Starts the server anew without anything that it knew. */
  async restartEmpty(): Promise<void> {
    await this.stop();
    for (const name of await readdir(this.#directory)) await rm(join(this.#directory, name), { recursive: true });
    await this.restart();
  }

  /** Ends the server and waits for its end; the data stay. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const server = this.#server;
    if (!server || server.exitCode !== null || server.signalCode !== null) return;
    const ended = once(server, 'exit');
    server.kill('SIGCONT');
    server.kill(signal);
    await ended;
  }

  kill(): Promise<void> {
    return this.stop('SIGKILL');
  }

  /** Makes the server a black hole: connections stay open, nothing answers, until it is stopped or killed. */
  pause(): void {
    this.#server?.kill('SIGSTOP');
  }

  /** Takes all data away while the server and its connections stay. */
  async flush(): Promise<void> {
    await this.command('FLUSHALL');
  }

  /** Sends one command and returns the first line of the answer (https://redis.io/docs/latest/develop/reference/protocol-spec/). */
  async command(line: string): Promise<string> {
    const socket = connect(this.port, '127.0.0.1');
    try {
      socket.write(`AUTH ${this.password}\r\n${line}\r\n`);
      const answers: string[] = [];
      for await (const answer of createInterface({ input: socket })) {
        answers.push(answer);
        if (answers.length === 2) break;
      }
      const [, answer = ''] = answers;
      if (answer === '' || answer.startsWith('-')) throw new Error(`Redis answers "${answers.join(' ')}" to ${line}.`);
      return answer;
    } finally {
      socket.destroy();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    if (this.#reaper.exitCode !== null) return;
    const ended = once(this.#reaper, 'exit');
    this.#reaper.stdin?.end();
    await ended;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('The system gave no port.');
  return address.port;
}
