import { withDeadline } from '../withDeadline.ts';
import type { Later, Reply } from './Turn.ts';

/** A turn that is being answered: by what is asked for, or by what comes another way. */
export class OpenTurn {
  readonly #came = Promise.withResolvers<Reply>();
  readonly #left = Promise.withResolvers<'elsewhere' | 'stopped'>();
  #reply: Reply | undefined;
  /** Whether it is known how it ends. */
  isEnding = false;

  /** What came another way. */
  get reply(): Reply | undefined {
    return this.#reply;
  }

  /** An answer came another way. */
  hand(reply: Reply): void {
    this.#reply = reply;
    this.isEnding = true;
    this.#came.resolve(reply);
  }

  /** Nothing is to be waited for any more. */
  leave(why: 'elsewhere' | 'stopped'): void {
    this.#left.resolve(why);
  }

  /** What is asked for, unless something comes before. */
  ask(ask: () => Promise<Reply | Later>): Promise<Reply | Later> {
    return Promise.race([this.#came.promise, ask()]);
  }

  /** What comes another way, or why nothing does; at most so many milliseconds. @throws DeadlineError */
  wait(milliseconds?: number): Promise<Reply | 'elsewhere' | 'stopped'> {
    return withDeadline(Promise.race([this.#came.promise, this.#left.promise]), milliseconds);
  }
}
