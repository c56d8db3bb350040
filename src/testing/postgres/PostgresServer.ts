import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createDatabase, databaseEnvironment, type PostgresAddress } from './address.ts';
import { type Cluster, launch, prepareCluster, recover, superuser } from './cluster.ts';
import { family, signalAll, untilAll } from './processes.ts';

interface Options {
  /** A directory for this server alone, which stays; by default a temporary one that goes away with the server. */
  dataDir?: string;
  /** By default a free one. */
  port?: number;
}

/** A real PostgreSQL of one's own, to be stopped, killed, paused and restarted at will; disposing removes all of it. */
export class PostgresServer implements PostgresAddress, AsyncDisposable {
  readonly host = '127.0.0.1';
  readonly port: number;
  readonly user = superuser;
  readonly password: string;
  readonly #cluster: Cluster;
  readonly #reaper: ChildProcess;
  #server: ChildProcess | undefined;
  #wasKilled = false;

  static async start({ dataDir, port = 0 }: Options = {}): Promise<PostgresServer> {
    const directory = dataDir ?? (await mkdtemp(join(tmpdir(), 'steward-postgres-')));
    const reaper = spawnReaper(dataDir ? [] : [directory]);
    try {
      const cluster = await prepareCluster(directory);
      for (let attempt = 1; ; attempt++) {
        const server = new PostgresServer(cluster, reaper, port || (await freePort()));
        try {
          await server.restart();
          return server;
        } catch (error) {
          // Somebody else took the port since it was found free.
          const isTaken = error instanceof Error && error.message.includes('Address already in use');
          if (port || !isTaken || attempt === 5) throw error;
        }
      }
    } catch (error) {
      await endReaper(reaper);
      throw error;
    }
  }

  private constructor(cluster: Cluster, reaper: ChildProcess, port: number) {
    this.#cluster = cluster;
    this.#reaper = reaper;
    this.port = port;
    this.password = cluster.password;
  }

  /** Starts the server on the data and the port that it had, after stopping it if it runs. */
  async restart(): Promise<void> {
    await this.stop();
    const server = await launch(this.#cluster, this.port);
    server.once('exit', () => this.#reaper.stdin?.write('0\n'));
    this.#reaper.stdin?.write(`${server.pid}\n`);
    this.#server = server;
    this.#wasKilled = false;
  }

  /**
   * Stops the server and waits for its end; the data stay.
   * @param signal SIGINT disconnects the clients, SIGTERM waits for them to go, SIGQUIT is a crash.
   * @see https://www.postgresql.org/docs/current/server-shutdown.html
   */
  async stop(signal: NodeJS.Signals = 'SIGINT'): Promise<void> {
    const server = this.#running();
    if (!server) return;
    await this.resume();
    const ended = once(server, 'exit');
    server.kill(signal);
    await ended;
  }

  /** Ends the server and its connections at once, by SIGKILL. */
  async kill(): Promise<void> {
    const server = this.#running();
    if (!server?.pid) return;
    const ended = once(server, 'exit');
    // Stopped first, so that it starts no further process meanwhile.
    server.kill('SIGSTOP');
    const processes = await family(server.pid);
    signalAll(processes, 'SIGKILL');
    await Promise.all([ended, untilAll(processes, 'ended')]);
    this.#wasKilled = true;
  }

  /** Makes the server a black hole: connections stay open, new ones are accepted by the system, nothing answers. */
  async pause(): Promise<void> {
    const server = this.#running();
    if (!server?.pid) return;
    server.kill('SIGSTOP');
    const processes = await family(server.pid);
    signalAll(processes, 'SIGSTOP');
    await untilAll(processes, 'stopped');
  }

  /** Lets a paused server go on where it was. */
  async resume(): Promise<void> {
    const server = this.#running();
    if (server?.pid) signalAll(await family(server.pid), 'SIGCONT');
  }

  createDatabase(name?: string): Promise<string> {
    return createDatabase(this, name);
  }

  /** The bot's environment variables for a database of this server. */
  environment(database: string): Record<string, string> {
    return databaseEnvironment(this, database);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    if (this.#wasKilled) await recover(this.#cluster);
    this.#wasKilled = false;
    await endReaper(this.#reaper);
  }

  #running(): ChildProcess | undefined {
    const hasEnded = this.#server?.exitCode !== null || this.#server.signalCode !== null;
    return hasEnded ? undefined : this.#server;
  }
}

function spawnReaper(args: string[]): ChildProcess {
  const script = fileURLToPath(new URL('./reaper.ts', import.meta.url));
  return spawn(process.execPath, [script, ...args], { stdio: ['pipe', 'ignore', 'inherit'], detached: true });
}

async function endReaper(reaper: ChildProcess): Promise<void> {
  if (reaper.exitCode !== null) return;
  const ended = once(reaper, 'exit');
  reaper.stdin?.end();
  await ended;
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
