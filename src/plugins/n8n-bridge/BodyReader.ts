import { WorkflowError } from './WorkflowError.ts';

/** Bytes of one answer that are read at most, after decompression. */
const largest = 1_048_576;

/** Characters of all answers together that are in hand at most, so that many large ones cannot fill the memory. */
const largestTogether = 8 * largest;

/** What becomes of a body. */
export interface BodyTaker {
  /** Characters that it keeps. */
  readonly held: number;
  take(text: string): void;
}

/** Reads answers, none too large and not too many large ones at a time. */
export class BodyReader {
  #inHand = 0;

  /** @throws WorkflowError too large; what the taker throws */
  async read(response: Response, taker: BodyTaker): Promise<void> {
    const decoder = new TextDecoder();
    let bytes = 0;
    let held = 0;
    try {
      // Counted as it arrives: a small compressed body can be a very large one.
      for await (const chunk of response.body ?? []) {
        bytes += chunk.byteLength;
        if (bytes > largest) throw new WorkflowError('too large');
        taker.take(decoder.decode(chunk, { stream: true }));
        this.#inHand += taker.held - held;
        held = taker.held;
        if (this.#inHand > largestTogether) throw new WorkflowError('too large');
      }
      taker.take(decoder.decode());
    } finally {
      this.#inHand -= held;
    }
  }
}
