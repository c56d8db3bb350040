import type { Registry } from 'prom-client';
import type { Clock, Draft, Later, PluginContext } from '#core';
import type { WorkflowReply } from './actions/WorkflowReply.ts';
import { asWorkflowError } from './asWorkflowError.ts';
import { CircuitBreaker } from './CircuitBreaker.ts';
import { Deadline } from './Deadline.ts';
import { FairQueue } from './FairQueue.ts';
import type { Acceptance } from './ReplyReader.ts';
import { Webhook } from './Webhook.ts';
import { WorkflowError, type WorkflowFault } from './WorkflowError.ts';
import { WorkflowMetrics } from './WorkflowMetrics.ts';
import type { WorkflowPayload } from './WorkflowPayload.ts';

export interface WorkflowOptions {
  readonly url: string;
  /** Milliseconds until an answer is given up: the wait for a place, headers and body together. */
  readonly timeout: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly signingKeys: readonly Buffer[];
  /** Calls at a time. */
  readonly maxConcurrent: number;
  /** Turns that wait for a call. */
  readonly maxWaiting: number;
  /** Whether an answer may come later, by another way; without it, an acceptance is a fault. */
  readonly takesLater?: boolean;
  readonly clock: Clock;
  readonly log: PluginContext['log'];
  readonly metrics: Registry;
}

/** How the workflow is, for operators. */
export interface WorkflowHealth {
  readonly state: 'unknown' | 'answering' | 'failing' | 'away';
  readonly lastFault?: WorkflowFault;
  /** Why and since when it is away; ISO 8601. */
  readonly cause?: WorkflowFault;
  readonly since?: string;
}

/** The n8n workflow that answers: one call a turn, not too many at a time, none while it is away. */
export class Workflow {
  readonly #timeout: number;
  readonly #takesLater: boolean;
  readonly #webhook: Webhook;
  readonly #breaker: CircuitBreaker;
  readonly #queue: FairQueue;
  readonly #metrics: WorkflowMetrics;
  #state: 'unknown' | 'answering' | 'failing' = 'unknown';
  #lastFault: WorkflowFault | undefined;

  constructor(options: WorkflowOptions) {
    this.#timeout = options.timeout;
    this.#takesLater = options.takesLater ?? false;
    this.#webhook = new Webhook(options);
    this.#breaker = new CircuitBreaker(options);
    this.#queue = new FairQueue({ maxRunning: options.maxConcurrent, maxWaiting: options.maxWaiting });
    this.#metrics = new WorkflowMetrics(options.metrics, this.#queue);
  }

  get health(): WorkflowHealth {
    const { outage } = this.#breaker;
    return {
      state: outage ? 'away' : this.#state,
      ...(this.#lastFault && { lastFault: this.#lastFault }),
      ...(outage && { cause: outage.fault, since: outage.since.toISOString() }),
    };
  }

  /** Returns the answer, which is drafted while it is written, or the time that is left for it. @throws WorkflowError */
  async call(payload: WorkflowPayload, draft: Draft = () => undefined): Promise<WorkflowReply | Later> {
    const answered = new Deadline(this.#timeout);
    // A call that begins later would hardly be answered, but n8n would remember it.
    const begun = new Deadline(this.#timeout * 0.9);
    try {
      // Nobody waits only to hear that the workflow is away.
      this.#breaker.check();
      const ask = () => this.#breaker.run(() => this.#ask(payload, answered.signal, draft));
      const reply = await this.#queue.run(payload.userId, begun, ask);
      this.#state = 'answering';
      this.#metrics.count(reply === 'accepted' ? 'accepted' : 'answered');
      return reply === 'accepted' ? { later: answered.left } : reply;
    } catch (error) {
      const failure = asWorkflowError(error);
      this.#state = 'failing';
      // Why it is away tells more than that it is.
      if (failure.fault !== 'away') this.#lastFault = failure.fault;
      this.#metrics.count(failure.fault);
      throw failure;
    } finally {
      answered.clear();
      begun.clear();
    }
  }

  async #ask(payload: WorkflowPayload, signal: AbortSignal, draft: Draft): Promise<WorkflowReply | Acceptance> {
    const start = performance.now();
    try {
      const reply = await this.#webhook.post(payload.turnId, JSON.stringify(payload), signal, draft);
      if (reply === 'accepted' && !this.#takesLater) throw new WorkflowError('no callback');
      return reply;
    } finally {
      this.#metrics.observe(performance.now() - start);
    }
  }
}
