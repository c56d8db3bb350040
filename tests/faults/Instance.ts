import { BotProcess } from '../support/startProcess.ts';

/** What `/health` tells that a fault test looks at; a bot without a journal has none to empty. */
export interface Health {
  readonly database: 'connected' | 'degraded';
  readonly databaseReason?: string;
  readonly discord: { readonly state: string; readonly turnsInHand?: number };
  readonly journal?: { readonly writes?: number; readonly answers?: number };
}

const WARNINGS = ['warn', 'error', 'fatal'];

/** One bot of a bench over all its processes, which come and go on one data folder. */
export class Instance implements AsyncDisposable {
  readonly name: string;
  readonly dataDir: string;
  readonly #environment: Readonly<Record<string, string | undefined>>;
  readonly #processes: BotProcess[] = [];
  #running: BotProcess | undefined;
  /** How the process ended that should run: its exit status or signal. */
  #end: number | NodeJS.Signals | null | undefined;

  constructor(name: string, dataDir: string, environment: Readonly<Record<string, string | undefined>>) {
    this.name = name;
    this.dataDir = dataDir;
    this.#environment = environment;
  }

  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  /** Of the process that runs. */
  get pid(): number | undefined {
    return this.#running?.pid;
  }

  /**
   * Starts a process, after ending the one that runs, and settles when it takes messages; with variables over those
   * that it was made with.
   */
  async start(environment: Readonly<Record<string, string | undefined>> = {}): Promise<void> {
    const running = await this.launch(environment);
    await running.ready();
  }

  /** The same without waiting for anything. */
  async launch(environment: Readonly<Record<string, string | undefined>> = {}): Promise<BotProcess> {
    await this.stop();
    const running = await BotProcess.start({ ...this.#environment, ...environment }, { dataDir: this.dataDir });
    this.#running = running;
    this.#processes.push(running);
    this.#end = undefined;
    void running.ended.then((status) => {
      if (this.#running === running) this.#end = status;
    });
    return running;
  }

  /** Sends a signal that does not end it. */
  signal(signal: NodeJS.Signals): void {
    this.#running?.signal(signal);
  }

  /** Ends the process as an operator does; returns its exit status, or the signal that ended it. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | NodeJS.Signals | null | undefined> {
    const running = this.#running;
    this.#running = undefined;
    return await running?.stop(signal);
  }

  /** Ends the process as a power cut does. */
  async kill(): Promise<void> {
    await this.stop('SIGKILL');
  }

  /** Where it serves `/health` and `/metrics`. */
  async url(): Promise<string> {
    if (!this.#running) throw new Error(`${this.name} does not run.`);
    if (this.#end !== undefined) throw new Error(`${this.name} ended by itself: ${this.#end}.`);
    return this.#running.url();
  }

  async health(): Promise<Health> {
    const response = await fetch(`${await this.url()}/health`);
    return (await response.json()) as Health;
  }

  /** The last of what its processes warned of. */
  warnings(lines = 20): string[] {
    const logged = this.#processes.flatMap(({ log }) => log).filter(({ level }) => WARNINGS.includes(String(level)));
    const errors = this.#processes.flatMap(({ stderr }) => stderr);
    const said = [...logged.map((line) => JSON.stringify(line)), ...errors].slice(-lines);
    if (this.#end === undefined) return said;
    const last = this.#running?.stdout.slice(-10) ?? [];
    return [...said, `It ended by itself: ${this.#end}. The last that it said:`, ...last];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const process of this.#processes) await process[Symbol.asyncDispose]();
  }
}
