import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** The running image. */
export class Container implements AsyncDisposable {
  /** All that it printed. */
  output = '';
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown[]>;

  constructor(child: ChildProcess) {
    this.#child = child;
    this.#ended = once(child, 'close');
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.output += text;
      });
  }

  /** Settles when the bot takes messages, with the address of its HTTP server. */
  async ready(): Promise<string> {
    const { stdout } = this.#child;
    if (!stdout) throw new Error('The output is needed.');
    for await (const line of createInterface({ input: stdout })) if (line.includes('"Steward is ready."')) break;
    stdout.resume();
    const [, url] = /"address":"([^"]+)"/.exec(this.output) ?? [];
    if (url === undefined) throw new Error(`The image does not run:\n${this.output}`);
    return url;
  }

  /** Does what `docker stop` does, and returns the exit status, or null after a signal. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<unknown> {
    this.#child.kill(signal);
    return (await this.#ended)[0];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) await this.stop('SIGKILL');
  }
}
