/** Aborts its signal after so many milliseconds. Unlike AbortSignal.timeout it can be cleared, and then holds nothing. */
export class Deadline {
  readonly #abort = new AbortController();
  readonly #timer: NodeJS.Timeout;

  constructor(milliseconds: number) {
    const reason = new DOMException('The time is up.', 'TimeoutError');
    this.#timer = setTimeout(() => this.#abort.abort(reason), milliseconds);
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  clear(): void {
    clearTimeout(this.#timer);
  }
}
