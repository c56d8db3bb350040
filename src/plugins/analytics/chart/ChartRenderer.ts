import { Worker } from 'node:worker_threads';
import { minutes, seconds } from '#core';
import type { Chart } from './Chart.ts';
import type { Drawing } from './messages.ts';

/** When the worker is given up, and when it goes to rest; milliseconds. */
export interface RendererOptions {
  readonly script?: URL;
  readonly deadline?: number;
  /** A worker that has nothing to draw for so long is ended; it takes some 40 MB. */
  readonly idle?: number;
}

type Waiting = Omit<PromiseWithResolvers<Buffer>, 'promise'>;

/** Draws charts in a worker thread, so that the bot never waits for one; a worker that hangs or dies is replaced. */
export class ChartRenderer {
  readonly #script: URL;
  readonly #deadline: number;
  readonly #idle: number;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #rest: NodeJS.Timeout | undefined;
  #last = 0;

  constructor(options: RendererOptions = {}) {
    this.#script = options.script ?? new URL('./worker.ts', import.meta.url);
    this.#deadline = options.deadline ?? seconds(10);
    this.#idle = options.idle ?? minutes(1);
  }

  /** Whether a worker runs. */
  get isAwake(): boolean {
    return this.#worker !== undefined;
  }

  /** The chart as a PNG. @throws when it cannot be drawn, or not in time */
  async render(chart: Chart): Promise<Buffer> {
    clearTimeout(this.#rest);
    const id = ++this.#last;
    const { promise, ...waiting } = Promise.withResolvers<Buffer>();
    this.#waiting.set(id, waiting);
    const timer = setTimeout(() => this.#end(new Error(`No chart within ${this.#deadline} ms.`)), this.#deadline);
    try {
      this.#worker ??= this.#start();
      this.#worker.postMessage({ id, chart });
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(id);
      if (this.#waiting.size === 0) this.#rest = setTimeout(() => this.#end(), this.#idle).unref();
    }
  }

  /** Ends the worker; charts that are not drawn yet are given up. */
  close(): void {
    clearTimeout(this.#rest);
    this.#end(new Error('The bot stops.'));
  }

  #start(): Worker {
    const worker = new Worker(this.#script, {
      // Nothing of the bot's environment is a drawing's business; the machine's own fonts are not looked for.
      env: { DISABLE_SYSTEM_FONTS_LOAD: '1' },
    });
    worker.unref();
    const onEnd = (error: Error): void => {
      if (this.#worker === worker) this.#end(error);
    };
    worker.on('error', onEnd);
    worker.on('messageerror', onEnd);
    worker.on('exit', (status) => onEnd(new Error(`The worker that draws charts ended with status ${status}.`)));
    worker.on('message', (drawing: Drawing) => {
      const waiting = this.#waiting.get(drawing.id);
      if ('png' in drawing) waiting?.resolve(Buffer.from(drawing.png));
      else waiting?.reject(drawing.error);
    });
    return worker;
  }

  #end(error = new Error('The worker that draws charts rests.')): void {
    const worker = this.#worker;
    this.#worker = undefined;
    // One that hangs in a drawing may never end; nobody waits for it.
    void worker?.terminate();
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}
