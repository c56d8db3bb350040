import { vi } from 'vitest';
import { fileMethods } from './fileMethods.ts';

interface HeldCall {
  readonly turn: PromiseWithResolvers<void>;
  readonly ended: Promise<unknown>;
}

/** Calls of a method of files that wait until a test lets them go on or fail; at its end, all go on. */
export class HeldCalls implements Disposable {
  readonly #calls: HeldCall[] = [];
  #end: () => void = () => undefined;

  static async of(method: 'datasync' | 'read' | 'write', path: string): Promise<HeldCalls> {
    const methods = await fileMethods(path);
    const { [method]: real } = methods;
    const held = new HeldCalls();
    const spy = vi.spyOn(methods, method).mockImplementation(function (this: unknown, ...parameters: unknown[]) {
      const turn = Promise.withResolvers<void>();
      const ended = turn.promise.then(() => real.apply(this, parameters));
      held.#calls.push({ turn, ended });
      return ended;
    });
    held.#end = () => spy.mockRestore();
    return held;
  }

  /** How many there were so far. */
  get count(): number {
    return this.#calls.length;
  }

  /** Lets a call go on; settles when it has ended. */
  async go(place: number): Promise<void> {
    const { turn, ended } = this.#at(place);
    turn.resolve();
    await ended;
  }

  fail(place: number, error: Error): void {
    this.#at(place).turn.reject(error);
  }

  /** Lets all go on that wait, and those to come. */
  release(): void {
    this.#end();
    for (const { turn } of this.#calls) turn.resolve();
  }

  [Symbol.dispose](): void {
    this.release();
  }

  #at(place: number): HeldCall {
    const call = this.#calls.at(place);
    if (!call) throw new Error(`There were only ${this.#calls.length} calls.`);
    return call;
  }
}
