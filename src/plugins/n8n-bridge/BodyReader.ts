import type { Readable } from 'node:stream';
import { releasePiece } from './releasePiece.ts';
import { WorkflowError } from './WorkflowError.ts';

/** Bytes of one answer that are read at most, after decompression. */
const largest = 1_048_576;

/** Bytes of all answers together that are kept at most, so that many large ones cannot fill the memory. */
const largestTogether = 2 * largest;

/** What becomes of a body. */
export interface BodyTaker {
  /** Bytes that it keeps. */
  readonly held: number;
  /** Takes what comes next, and keeps none of its memory. */
  take(piece: Uint8Array): void;
}

interface Reading {
  readonly body: Readable;
  held: number;
}

/** Reads answers, none too large and not too many large ones at a time: the largest gives way then. */
export class BodyReader {
  readonly #readings = new Set<Reading>();
  #inHand = 0;

  /** @throws WorkflowError too large; what the taker throws */
  async read(body: Readable, taker: BodyTaker): Promise<void> {
    const end = endOf(body);
    const reading = { body, held: 0 };
    this.#readings.add(reading);
    let bytes = 0;
    body.on('data', (piece: Buffer<ArrayBuffer>) => {
      // Counted as it arrives: a small compressed body can be a very large one.
      bytes += piece.byteLength;
      try {
        if (bytes > largest) throw new WorkflowError('too large');
        taker.take(piece);
        releasePiece(piece);
        this.#count(reading, taker.held);
        if (this.#inHand > largestTogether) this.#giveUpLargest();
      } catch (error) {
        body.destroy(error as Error);
      }
    });
    try {
      // Iterated over, it would put pieces together, and make garbage of them.
      await end;
    } finally {
      this.#count(reading, 0);
      this.#readings.delete(reading);
      body.destroy();
    }
  }

  #count(reading: Reading, held: number): void {
    this.#inHand += held - reading.held;
    reading.held = held;
  }

  // Not the one that comes last: it would be the small answer of somebody else.
  #giveUpLargest(): void {
    const [first, ...others] = this.#readings;
    if (!first) return;
    const largestOfAll = others.reduce((most, each) => (each.held > most.held ? each : most), first);
    this.#count(largestOfAll, 0);
    this.#readings.delete(largestOfAll);
    largestOfAll.body.destroy(new WorkflowError('too large'));
  }
}

// What `finished` of Node does, without what it makes for streams of other kinds.
function endOf(body: Readable): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const onClose = (): void => (body.readableEnded ? resolve() : reject(body.errored ?? closedEarly()));
  body.on('error', reject);
  if (body.closed) onClose();
  else body.once('close', onClose);
  return promise;
}

const closedEarly = (): Error => new Error('The body was closed before its end.');
