import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { root } from '../docs/pages.ts';

/** What a command came to. */
interface Ended {
  readonly status: number | null;
  /** Standard output and standard error. */
  readonly output: string;
}

/** The project as it would be committed now, in a folder of its own, with this one's dependencies. */
export class ProjectCopy implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'steward-project-'));

  constructor() {
    const listed = execFileSync('git', ['ls-files', '-z', '-co', '--exclude-standard'], {
      cwd: root,
      encoding: 'utf8',
    });
    for (const path of listed.split('\0').filter((entry) => entry !== '' && existsSync(join(root, entry))))
      cpSync(join(root, path), join(this.folder, path), { recursive: true });
    symlinkSync(join(root, 'node_modules'), join(this.folder, 'node_modules'));
  }

  /** Runs a command in it, as a developer would. */
  async run(command: string, ...parameters: string[]): Promise<Ended> {
    const child = spawn(command, parameters, {
      cwd: this.folder,
      env: surroundings(),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const [out, err] = [text(child.stdout), text(child.stderr)];
    const [status] = (await once(child, 'close')) as [number | null];
    return { status, output: `${await out}${await err}` };
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

// Not this test run's own variables: what runs there is no part of it.
function surroundings(): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(
    ([name]) => !/^(?:VITEST|NODE_ENV$|TEST$|DEV$|PROD$|MODE$)/.test(name),
  );
  return { ...Object.fromEntries(own), PATH: `${join(root, 'node_modules/.bin')}${delimiter}${process.env.PATH}` };
}
