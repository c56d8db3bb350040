import { WorkflowError } from './WorkflowError.ts';

/** Bytes of one answer that are read at most, after decompression. */
const largest = 1_048_576;

/** Bytes of all answers together that are in hand at most, so that many large ones cannot fill the memory. */
const largestTogether = 8 * largest;

/** Reads answers, none too large and not too many large ones at a time. */
export class BodyReader {
  #inHand = 0;

  /** @throws WorkflowError too large */
  async read(response: Response): Promise<string> {
    const decoder = new TextDecoder();
    let bytes = 0;
    let text = '';
    try {
      // Counted as it arrives: a small compressed body can be a very large one.
      for await (const chunk of response.body ?? []) {
        bytes += chunk.byteLength;
        this.#inHand += chunk.byteLength;
        if (bytes > largest || this.#inHand > largestTogether) throw new WorkflowError('too large');
        text += decoder.decode(chunk, { stream: true });
      }
      return text + decoder.decode();
    } finally {
      this.#inHand -= bytes;
    }
  }
}
