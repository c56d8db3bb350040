import { hours, minutes } from '../time.ts';

/**
 * A plugin is quarantined after so many failures in a row of one and the same thing (a hook, a task, its health) within
 * so many milliseconds. In a row: what fails for one message only is answered by the next that passes. Five: fewer is an
 * unlucky moment, and each failing hook costs a turn a part of its answer. Ten minutes: a bot that few people write to
 * is watched too, and a task that fails once an hour is no reason to take the rest of its plugin away.
 */
const budget = { failures: 5, within: minutes(10) } as const;

/** Until a quarantined plugin is tried again: the pause doubles each time, and begins anew after so long without quarantine. */
const pauses = { first: minutes(1), longest: hours(1), quiet: minutes(10) } as const;

/** Counts what speaks against a plugin, and says how long it has to rest. Moments are milliseconds since 1970. */
export class ErrorBudget {
  /** The moments of the latest failures in a row, by what failed. */
  readonly #failures = new Map<string, number[]>();
  #pause: number = pauses.first;
  #startedAt: number | undefined;

  /** It did its work. */
  pass(what: string): void {
    this.#failures.delete(what);
  }

  /** It failed; returns whether the budget is used up. */
  fail(what: string, now: number): boolean {
    const recent = [...(this.#failures.get(what) ?? []), now].slice(-budget.failures);
    this.#failures.set(what, recent);
    // Clocks are set back now and then.
    return recent.length === budget.failures && Math.abs(now - (recent[0] ?? now)) <= budget.within;
  }

  /** The plugin starts. */
  begin(now: number): void {
    this.#failures.clear();
    this.#startedAt = now;
  }

  /** The plugin rests now; returns for how many milliseconds. */
  rest(now: number): number {
    this.#failures.clear();
    const hadRecovered = this.#startedAt !== undefined && Math.abs(now - this.#startedAt) >= pauses.quiet;
    if (hadRecovered) this.#pause = pauses.first;
    this.#startedAt = undefined;
    const pause = this.#pause;
    this.#pause = Math.min(pause * 2, pauses.longest);
    return pause;
  }

  /** An admin has had a look: the pauses begin anew. */
  forgive(): void {
    this.#failures.clear();
    this.#pause = pauses.first;
  }
}
