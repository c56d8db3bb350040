import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { FairQueue } from './FairQueue.ts';
import type { WorkflowFault } from './WorkflowError.ts';

/** What operators see of the calls, in the bot's registry. */
export class WorkflowMetrics {
  readonly #calls: Counter<'outcome'>;
  readonly #duration: Histogram;

  constructor(metrics: Registry, queue: FairQueue) {
    const registers = [metrics];
    this.#calls = new Counter({
      name: 'steward_workflow_calls_total',
      help: 'Turns for the workflow by what came of them: answered, accepted to be answered later, or why not.',
      labelNames: ['outcome'],
      registers,
    });
    this.#duration = new Histogram({
      name: 'steward_workflow_call_duration_seconds',
      help: 'How long calls took that were made, whatever came of them; without the wait for a place.',
      buckets: [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 60, 90, 180, 300],
      registers,
    });
    new Gauge({
      name: 'steward_workflow_calls_in_flight',
      help: 'Calls that are under way.',
      registers,
      collect() {
        this.set(queue.running);
      },
    });
    new Gauge({
      name: 'steward_workflow_turns_waiting',
      help: 'Turns that wait until a call may be made.',
      registers,
      collect() {
        this.set(queue.waiting);
      },
    });
  }

  count(outcome: 'answered' | 'accepted' | WorkflowFault): void {
    this.#calls.inc({ outcome });
  }

  /** A call that was made took so many milliseconds. */
  observe(milliseconds: number): void {
    this.#duration.observe(milliseconds / 1_000);
  }
}
