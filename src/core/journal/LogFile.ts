import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncFolder } from './syncFolder.ts';

/** A file that only grows, and only by whole pieces: one that could not be written leaves nothing behind. */
export class LogFile {
  readonly #path: string;
  readonly #handle: FileHandle;
  /** Up to here the content is known to be good. */
  #length: number;
  #isTorn = false;
  #isNamed = false;

  private constructor(path: string, handle: FileHandle, length: number) {
    this.#path = path;
    this.#handle = handle;
    this.#length = length;
  }

  /** Opens the file, or makes it, for this user only. */
  static async open(path: string): Promise<LogFile> {
    const handle = await open(path, constants.O_RDWR | constants.O_CREAT, 0o600);
    try {
      return new LogFile(path, handle, (await handle.stat()).size);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  get length(): number {
    return this.#length;
  }

  /** Adds a piece; `isDurable`: it has reached the disk when this settles. */
  async append(piece: Buffer, isDurable: boolean): Promise<void> {
    await this.mend();
    this.#isTorn = true;
    try {
      for (let done = 0; done < piece.length; ) {
        const { bytesWritten } = await this.#handle.write(piece, done, piece.length - done, this.#length + done);
        done += bytesWritten;
      }
      if (isDurable) await this.sync();
    } catch (error) {
      // Where this fails too, it is done before the next piece.
      await this.mend().catch(() => undefined);
      throw error;
    }
    this.#length += piece.length;
    this.#isTorn = false;
  }

  /** Takes away what is left of a piece that could not be written. */
  async mend(): Promise<void> {
    if (!this.#isTorn) return;
    await this.#handle.truncate(this.#length);
    this.#isTorn = false;
  }

  /** Settles when all that was appended has reached the disk. */
  async sync(): Promise<void> {
    await this.#handle.datasync();
    // Written to what is no longer in the folder, it would be lost without a word.
    if ((await this.#handle.stat()).nlink === 0)
      throw Object.assign(new Error(`${this.#path} was removed while it was in use.`), { code: 'ENOENT' });
    if (this.#isNamed) return;
    await syncFolder(dirname(this.#path));
    this.#isNamed = true;
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}
