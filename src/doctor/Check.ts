import type { Finding } from './Finding.ts';
import type { Situation } from './Situation.ts';

/** One thing that is looked at; it changes nothing that a running bot could notice. */
export interface Check {
  readonly what: string;
  /** What the names of its variables begin with; a mistake in one of them skips the check. */
  readonly reads: readonly string[];
  /** What helps when it throws, or takes too long. */
  readonly cure: string;
  /** Milliseconds that it may take; 5 s unless it says otherwise. */
  readonly deadline?: (situation: Situation) => number;
  /** @param signal aborts when the time is up */
  run(situation: Situation, signal: AbortSignal): Promise<readonly Finding[]>;
}
