import { type Clock, type PluginContext, seconds } from '#core';
import { asWorkflowError } from './asWorkflowError.ts';
import { WorkflowError, type WorkflowFault } from './WorkflowError.ts';

/** So many calls in a row must find the workflow away before no more are made. */
const failuresToOpen = 5;

/** Milliseconds until one call may look whether the workflow is back. */
const pause = seconds(10);

/** The workflow itself is away: the next turn would fare no better. */
const away: ReadonlySet<WorkflowFault> = new Set([
  'unreachable',
  'cut',
  'redirected',
  'not found',
  'inactive',
  'test url',
  'wrong method',
  'refused',
  'unavailable',
]);

/** Nobody answered, which a long thought explains as well as a dead n8n: it speaks neither for nor against one. */
const unclear: ReadonlySet<WorkflowFault> = new Set(['timeout', 'proxy timeout']);

/**
 * Spares people the wait for a workflow that is away: after several failures in a row turns fail at once, but for one
 * at a time that looks whether it is back. What only one turn fails of (a failing node, an empty answer) shows that
 * the workflow is there; a time-out shows nothing, or one person's slow turns would shut out everyone.
 */
export class CircuitBreaker {
  readonly #clock: Clock;
  readonly #log: PluginContext['log'];
  #failures = 0;
  #isProbing = false;
  #open: { readonly fault: WorkflowFault; readonly since: number; lastTry: number } | undefined;

  constructor(parts: { readonly clock: Clock; readonly log: PluginContext['log'] }) {
    this.#clock = parts.clock;
    this.#log = parts.log;
  }

  /** Why calls are not made, and since when; undefined while they are. */
  get outage(): { readonly fault: WorkflowFault; readonly since: Date } | undefined {
    return this.#open && { fault: this.#open.fault, since: new Date(this.#open.since) };
  }

  /** @throws WorkflowError away, where a call would not be made now. */
  check(): void {
    if (!this.#open) return;
    // Clocks are set back now and then.
    const isDue = Math.abs(this.#clock.now() - this.#open.lastTry) >= pause;
    if (this.#isProbing || !isDue) throw new WorkflowError('away');
  }

  /** Makes the call and learns from it. @throws WorkflowError */
  async run<T>(call: () => Promise<T>): Promise<T> {
    this.check();
    const isProbe = this.#open !== undefined;
    if (isProbe) this.#isProbing = true;
    try {
      const result = await call();
      this.#learn(undefined, isProbe);
      return result;
    } catch (error) {
      const fault = asWorkflowError(error);
      this.#learn(fault, isProbe);
      throw fault;
    } finally {
      if (isProbe) this.#isProbing = false;
    }
  }

  #learn(error: WorkflowError | undefined, isProbe: boolean): void {
    if (this.#open) {
      // What began before says nothing of now.
      if (!isProbe) return;
      if (error && (isAway(error) || unclear.has(error.fault))) this.#open.lastTry = this.#clock.now();
      else this.#close();
    } else if (error && isAway(error)) {
      this.#failures += 1;
      if (this.#failures >= failuresToOpen) this.#openFor(error);
    } else if (!error || !unclear.has(error.fault)) this.#failures = 0;
  }

  #openFor(error: WorkflowError): void {
    const now = this.#clock.now();
    this.#open = { fault: error.fault, since: now, lastTry: now };
    this.#log.error({ err: error }, 'The workflow is away: turns get the apology at once, and one at a time tries it.');
  }

  #close(): void {
    const { fault, since } = this.#open ?? { since: this.#clock.now() };
    this.#open = undefined;
    this.#failures = 0;
    this.#log.info({ fault, awayMs: this.#clock.now() - since }, 'The workflow is back.');
  }
}

// What is cut off after n8n has said 200 shows that it is there.
const isAway = ({ fault, status }: WorkflowError): boolean => away.has(fault) && !(fault === 'cut' && status === 200);
