/** Aborts its signal after so many milliseconds. Unlike AbortSignal.timeout it can be cleared, and then holds nothing. */
export class Deadline {
  readonly #abort = new AbortController();
  readonly #timer: NodeJS.Timeout;
  readonly #end: number;

  constructor(milliseconds: number) {
    this.#end = performance.now() + milliseconds;
    // Made when it is needed: its stack costs as much as a request does.
    const end = (): void => this.#abort.abort(new DOMException('The time is up.', 'TimeoutError'));
    this.#timer = setTimeout(end, milliseconds);
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Milliseconds until then. */
  get left(): number {
    return Math.max(0, Math.round(this.#end - performance.now()));
  }

  clear(): void {
    clearTimeout(this.#timer);
  }
}
