/** Aborts its signal after so many milliseconds. Unlike AbortSignal.timeout it can be cleared, and then holds nothing. */
export class Deadline {
  readonly #abort = new AbortController();
  readonly #timer: NodeJS.Timeout;
  readonly #end: number;

  constructor(milliseconds: number) {
    const reason = new DOMException('The time is up.', 'TimeoutError');
    this.#end = performance.now() + milliseconds;
    this.#timer = setTimeout(() => this.#abort.abort(reason), milliseconds);
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
