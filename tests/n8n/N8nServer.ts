import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { minutes } from '../../src/core/time.ts';
import { stablePort } from '../../src/testing/network/stablePort.ts';

const preload = fileURLToPath(new URL('./preload.ts', import.meta.url));

/** What costs time or reaches out and answers no webhook. */
const off = {
  N8N_DISABLED_MODULES:
    'insights,community-packages,mcp-registry,agents,agent-evals,instance-ai,chat-hub,mcp,workflow-builder,quick-connect,instance-reporting',
  ...Object.fromEntries(
    [
      'N8N_DIAGNOSTICS',
      'N8N_VERSION_NOTIFICATIONS',
      'N8N_VERSION_NOTIFICATIONS_WHATS_NEW',
      'N8N_DYNAMIC_BANNERS',
      'N8N_HIRING_BANNER',
      'N8N_PERSONALIZATION',
      'N8N_TEMPLATES',
      'N8N_LICENSE_AUTO_RENEW',
    ].map((name) => [`${name}_ENABLED`, 'false']),
  ),
  // Nothing but this machine is reached: whatever tries goes to a proxy that is not there.
  HTTP_PROXY: 'http://127.0.0.1:9',
  HTTPS_PROXY: 'http://127.0.0.1:9',
  NO_PROXY: '127.0.0.1,localhost',
};

interface Options {
  /** Where it is installed. */
  readonly folder: string;
  /** The bot's variables for the database that n8n keeps its own things in. */
  readonly database: Readonly<Record<string, string>>;
  /** Variables for n8n over the defaults. */
  readonly environment: Readonly<Record<string, string>>;
  /** The file that its output goes to. */
  readonly log: string;
}

/** A real n8n on the loopback, with nothing in it. */
export class N8nServer implements AsyncDisposable {
  readonly port: number;
  readonly #entry: string;
  readonly #home: string;
  readonly #environment: Record<string, string>;
  readonly #log: WriteStream;
  #server: ChildProcess | undefined;
  #lastLines = '';

  static async create(options: Options): Promise<N8nServer> {
    const home = await mkdtemp(join(tmpdir(), 'steward-n8n-'));
    return new N8nServer(options, home, await stablePort(), await stablePort());
  }

  private constructor({ folder, database, environment, log }: Options, home: string, port: number, broker: number) {
    this.port = port;
    this.#home = home;
    this.#entry = join(folder, 'node_modules/n8n/bin/n8n');
    this.#log = createWriteStream(log);
    this.#environment = {
      PATH: process.env.PATH ?? '',
      NODE_ENV: 'production',
      // Each of its commands loads thousands of files.
      NODE_COMPILE_CACHE: join(folder, 'compiled'),
      HOME: home,
      N8N_USER_FOLDER: home,
      N8N_ENCRYPTION_KEY: randomBytes(24).toString('hex'),
      N8N_LISTEN_ADDRESS: '127.0.0.1',
      N8N_PORT: String(port),
      N8N_RUNNERS_BROKER_PORT: String(broker),
      N8N_LOG_FORMAT: 'json',
      DB_TYPE: 'postgresdb',
      DB_POSTGRESDB_HOST: database.DB_HOST ?? '',
      DB_POSTGRESDB_PORT: database.DB_PORT ?? '',
      DB_POSTGRESDB_DATABASE: database.DB_NAME ?? '',
      DB_POSTGRESDB_USER: database.DB_USER ?? '',
      DB_POSTGRESDB_PASSWORD: database.DB_PASSWORD ?? '',
      ...off,
      ...environment,
    };
  }

  /** The production URL of a workflow's path. */
  webhook(path: string): string {
    return `http://127.0.0.1:${this.port}/webhook/${path}`;
  }

  /** What went wrong, and the end of what n8n wrote. */
  failure(what: string): Error {
    return new Error(`${what}. The output of n8n, in ${this.#log.path}, ends with:\n${this.#lastLines}`);
  }

  /** Carries out one of n8n's commands. */
  async run(...command: string[]): Promise<void> {
    const [status] = await once(this.#spawn(command), 'close', { signal: AbortSignal.timeout(minutes(3)) });
    if (status !== 0) throw this.failure(`n8n ${command.join(' ')} ended with ${status}`);
  }

  /** Starts it; it is ready when it knows the webhook of this path, some time after it says so. */
  async start(path: string): Promise<void> {
    const server = this.#spawn(['start']);
    this.#server = server;
    const deadline = Date.now() + minutes(3);
    // Asked by a method that no workflow takes, so that none runs.
    for (;;) {
      const response = await fetch(this.webhook(path), { method: 'DELETE' }).catch(() => undefined);
      if ((await response?.text())?.includes('Did you mean to make a')) return;
      const hasEnded = server.exitCode !== null || server.signalCode !== null;
      if (hasEnded || Date.now() > deadline) throw this.failure('n8n did not start');
      await delay(250);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const server = this.#server;
    if (server && server.exitCode === null && server.signalCode === null) {
      const ended = once(server, 'close');
      server.kill('SIGTERM');
      const killer = setTimeout(() => server.kill('SIGKILL'), 20_000);
      await ended;
      clearTimeout(killer);
    }
    this.#log.end();
    await rm(this.#home, { recursive: true, force: true });
  }

  #spawn(command: string[]): ChildProcess {
    const args = ['--import', preload, this.#entry, ...command];
    const child = spawn(process.execPath, args, { cwd: this.#home, env: this.#environment });
    for (const output of [child.stdout, child.stderr]) {
      output.pipe(this.#log, { end: false });
      output.setEncoding('utf8').on('data', (lines: string) => {
        this.#lastLines = (this.#lastLines + lines).slice(-4_000);
      });
    }
    return child;
  }
}
