/**
 * Aborts its signal after so many milliseconds. Unlike AbortSignal.timeout it can be cleared, and then holds nothing; the
 * signal and its timer are made when they are asked for.
 */
export class Deadline {
  readonly #end: number;
  #abort: AbortController | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(milliseconds: number) {
    this.#end = performance.now() + milliseconds;
  }

  get signal(): AbortSignal {
    this.#abort ??= this.#start(new AbortController());
    return this.#abort.signal;
  }

  /** Milliseconds until then. */
  get left(): number {
    return Math.max(0, Math.round(this.#end - performance.now()));
  }

  clear(): void {
    clearTimeout(this.#timer);
  }

  #start(abort: AbortController): AbortController {
    // Made when it is needed: its stack costs as much as a request does.
    const end = (): void => abort.abort(new DOMException('The time is up.', 'TimeoutError'));
    this.#timer = setTimeout(end, this.left);
    return abort;
  }
}
