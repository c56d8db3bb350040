import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { withFile } from './withFile.ts';

const mebibyte = 1024 * 1024;
const piece = mebibyte;
/** With less space on the disk than this, what is left of it is for what must be written. */
const spare = 32 * mebibyte;
/** A file that stays shorter than this takes no more space than it needs. */
const least = 4096;

/**
 * The zeros behind the content of a file. What is written over them leaves its size and its blocks as they are, so a
 * sync waits for that alone, not for the file system's own journal: https://man7.org/linux/man-pages/man2/fdatasync.2.html
 */
export class Padding {
  readonly #path: string;
  readonly #limit: number;
  #end: number;
  #written: Promise<void> = Promise.resolve();
  #growing: Promise<void> | undefined;
  #isRefused = false;

  /** For a file of so many bytes, which zeros make no longer than `limit`. */
  constructor(path: string, bytes: number, limit: number) {
    this.#path = path;
    this.#end = bytes;
    this.#limit = limit;
  }

  /** Up to here the file has content or zeros. */
  get end(): number {
    return this.#end;
  }

  /** Settles when content can be written up to here: no zeros that are on their way come over it. */
  async reach(end: number): Promise<void> {
    if (end <= this.#end) return;
    await this.#written;
    this.#end = Math.max(this.#end, end);
  }

  /** Begins to write the next zeros when there are few behind a content of this length. Where that fails, all goes on without. */
  extend(length: number): void {
    const end = Math.min(this.#end + piece, this.#limit);
    if (length < least || this.#end - length >= piece / 2 || end <= this.#end) return;
    if (this.#isRefused || this.#growing !== undefined) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#written = promise;
    this.#growing = this.#grow(end, resolve);
  }

  /** Makes known that the file was cut to its content. Zeros must not be on their way. */
  cut(length: number): void {
    this.#end = length;
  }

  /** Settles when no zeros are on their way into the file. */
  written(): Promise<void> {
    return this.#written;
  }

  /** Settles when nothing is done to the file any more. */
  async idle(): Promise<void> {
    await this.#growing;
  }

  async #grow(end: number, written: () => void): Promise<void> {
    try {
      const { bavail, bsize } = await statfs(dirname(this.#path));
      this.#isRefused = bavail * bsize < spare;
      // Through another handle: each is told of a failed write only once, and an append must not miss it.
      if (!this.#isRefused)
        await withFile(this.#path, 'r+', async (handle) => {
          const zeros = Buffer.alloc(end - this.#end);
          for (let left = zeros.length; left > 0; ) {
            const { bytesWritten } = await handle.write(zeros, 0, left, this.#end);
            this.#end += bytesWritten;
            left -= bytesWritten;
          }
          written();
          await handle.datasync();
        });
    } catch {
      // Not tried again in this file: with a disk that is full or fails, there is more important work.
      this.#isRefused = true;
    } finally {
      written();
      this.#growing = undefined;
    }
  }
}
