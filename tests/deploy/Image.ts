import { execFileSync, type SpawnOptions, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, cp, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Account, postgresAccount } from '../../src/testing/postgres/binaries.ts';
import { Container } from './Container.ts';
import { command, copied, dockerignore, healthCommand, imageEnvironment, stages } from './Dockerfile.ts';
import { root } from './root.ts';

const modules = join(root, 'node_modules');

/** What the Dockerfile puts together, in a folder that the bot may only read, beside a data folder of its own. */
export class Image implements AsyncDisposable {
  readonly app: string;
  readonly dataDir: string;
  readonly #folder: string;
  readonly #account: Account;
  #node = process.execPath;

  /** With this project's own dependencies, or with those that the Dockerfile installs, which takes a network. */
  static async build(dependencies: 'own' | 'installed'): Promise<Image> {
    // Where this process is root, the bot is somebody who may write nowhere else.
    const image = new Image(await mkdtemp(join(tmpdir(), 'steward-image-')), await postgresAccount());
    await image.#copy();
    await (dependencies === 'own' ? image.#borrow() : image.#install());
    await image.#protect();
    return image;
  }

  private constructor(folder: string, account: Account) {
    this.#folder = folder;
    this.#account = account;
    this.app = join(folder, 'app');
    this.dataDir = join(folder, 'data');
  }

  /** Starts what the image runs, without a token and on a free port. */
  start(): Container {
    const [, ...args] = command;
    return new Container(spawn(this.#node, args, { ...this.#surroundings(), stdio: ['ignore', 'pipe', 'pipe'] }));
  }

  /** Runs some JavaScript in it: the exit status. */
  run(script: string): number | null {
    return spawnSync(this.#node, ['--input-type=module', '--eval', script], this.#surroundings()).status;
  }

  /** The exit status of the image's own health check. */
  async check(url: string): Promise<number | null> {
    const [, ...args] = healthCommand;
    const [status] = await once(
      spawn(this.#node, args, this.#surroundings({ HEALTH_CHECK_PORT: new URL(url).port })),
      'exit',
    );
    return status;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    execFileSync('chmod', ['-R', 'u+w', this.app]);
    await rm(this.#folder, { recursive: true, force: true });
  }

  #surroundings(environment: Record<string, string> = {}): SpawnOptions {
    const local = { DATA_DIR: this.dataDir, HEALTH_CHECK_HOST: '127.0.0.1', HEALTH_CHECK_PORT: '0' };
    // In a container whose file system is read-only there is nowhere else to write to.
    const env = { ...imageEnvironment, TMPDIR: '/nowhere', HOME: '/nowhere', ...local, ...environment };
    return { ...this.#account, cwd: this.app, env };
  }

  async #copy(): Promise<void> {
    await mkdir(this.app);
    const leftOut = dockerignore.leftOut.map((path) => join(root, path));
    for (const { path, mode } of copied) {
      await cp(join(root, path), join(this.app, path), { recursive: true, filter: (from) => !leftOut.includes(from) });
      execFileSync('chmod', ['-R', mode, join(this.app, path)]);
    }
  }

  async #install(): Promise<void> {
    await cp(join(root, 'package-lock.json'), join(this.app, 'package-lock.json'));
    for (const { name, value } of stages[0] ?? [])
      if (name === 'RUN') execFileSync('sh', ['-c', value], { cwd: this.app, stdio: 'pipe' });
  }

  // By a link, or by a copy if they lie where the bot may not look (in /root).
  async #borrow(): Promise<void> {
    const target = join(this.app, 'node_modules');
    if (this.#may('cat', join(modules, 'fastify/package.json'))) await symlink(modules, target);
    else await cp(modules, target, { recursive: true, verbatimSymlinks: true });
  }

  async #protect(): Promise<void> {
    const { uid, gid } = this.#account;
    await mkdir(this.dataDir, { mode: 0o700 });
    if (uid !== undefined && gid !== undefined) await chown(this.dataDir, uid, gid);
    execFileSync('chmod', ['-R', 'a-w', this.app]);
    await chmod(this.#folder, 0o755);
    if (this.#may(process.execPath, '--version')) return;
    this.#node = join(this.#folder, 'node');
    await cp(process.execPath, this.#node);
  }

  #may(program: string, ...args: string[]): boolean {
    return spawnSync(program, args, { ...this.#account, cwd: '/' }).status === 0;
  }
}
