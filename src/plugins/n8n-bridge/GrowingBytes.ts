/** Bytes that nothing has to grow for: room that can grow costs system calls, and most answers are short. */
const short = 4_096;

/** Bytes that are made room for at a time, above that. */
const step = 16_384;

/** What an answer can come to: in UTF-8 a character takes three times the broken byte that it stands for. */
const most = 4 * 1_048_576;

/**
 * Bytes that come in pieces. They are kept outside of V8's heap, so what is released is free at once: as strings they
 * would be garbage, of which V8 lets tens of megabytes pile up.
 */
export class GrowingBytes {
  #room = new ArrayBuffer(short);
  /** All of the room. */
  #bytes = Buffer.from(this.#room);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  add(piece: Uint8Array): void {
    const start = this.#length;
    this.#fit(start + piece.byteLength);
    this.#bytes.set(piece, start);
  }

  addText(text: string): void {
    const start = this.#length;
    this.#fit(start + Buffer.byteLength(text));
    this.#bytes.write(text, start);
  }

  /** Where the next such byte is, from a place on; -1 where there is none. */
  indexOf(byte: number, from: number): number {
    const at = this.#bytes.indexOf(byte, from);
    return at < this.#length ? at : -1;
  }

  /** What is between two places: valid until something changes. */
  subarray(start: number, end = this.#length): Buffer {
    return this.#bytes.subarray(start, Math.min(end, this.#length));
  }

  /** What is between two places, as text. */
  toString(start = 0, end = this.#length): string {
    return this.subarray(start, end).toString();
  }

  /** Forgets so many bytes at the start. */
  drop(bytes: number): void {
    this.#bytes.copyWithin(0, bytes, this.#length);
    this.#fit(this.#length - bytes);
  }

  /** Forgets all of it, and takes nothing more. */
  release(): void {
    this.#length = 0;
    if (!this.#room.detached) this.#room.transferToFixedLength(0);
  }

  #fit(length: number): void {
    this.#length = length;
    if (!this.#room.resizable) {
      if (length <= this.#room.byteLength) return;
      this.#moveToLargerRoom();
    }
    const size = Math.ceil(length / step) * step;
    // A step too much is kept, as there would be two system calls for each line of a stream.
    const tooMuch = this.#room.byteLength - size;
    if (tooMuch === 0 || tooMuch === step) return;
    this.#room.resize(size);
    this.#bytes = Buffer.from(this.#room);
  }

  #moveToLargerRoom(): void {
    const before = this.#room;
    // Grows in place: https://developer.mozilla.org/docs/Web/JavaScript/Guide/Typed_arrays#resizable_array_buffers
    this.#room = new ArrayBuffer(step, { maxByteLength: most });
    this.#bytes = Buffer.from(this.#room);
    this.#bytes.set(new Uint8Array(before));
    before.transferToFixedLength(0);
  }
}
