import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Padding } from './Padding.ts';
import { syncFolder } from './syncFolder.ts';

/** A file that grows by whole pieces only: one that could not be written leaves nothing behind. */
export class LogFile {
  readonly #path: string;
  readonly #handle: FileHandle;
  readonly #padding: Padding;
  /** Up to here the content is known to be good. */
  #length: number;
  #isTorn = false;
  #isNamed = false;

  private constructor(path: string, handle: FileHandle, length: number, paddedTo: number) {
    this.#path = path;
    this.#handle = handle;
    this.#length = length;
    this.#padding = new Padding(path, length, paddedTo);
  }

  /** Opens the file, or makes it, for this user only; `extend` makes it no longer than `paddedTo`. */
  static async open(path: string, paddedTo = 0): Promise<LogFile> {
    const handle = await open(path, constants.O_RDWR | constants.O_CREAT, 0o600);
    try {
      return new LogFile(path, handle, (await handle.stat()).size, paddedTo);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** The length of the content. */
  get length(): number {
    return this.#length;
  }

  /** Whether it has room behind its content. */
  get isPadded(): boolean {
    return this.#padding.end > this.#length;
  }

  /** Adds a piece; `isDurable`: it has reached the disk when this settles. */
  async append(piece: Buffer, isDurable: boolean): Promise<void> {
    await this.mend();
    await this.#padding.reach(this.#length + piece.length);
    this.#isTorn = true;
    try {
      await this.#write(piece, this.#length);
      if (isDurable) await this.sync();
    } catch (error) {
      // Where this fails too, it is done before the next piece.
      await this.mend().catch(() => undefined);
      throw error;
    }
    this.#length += piece.length;
    this.#isTorn = false;
  }

  /** Takes away what stands from `length` on; where that fails, it is done before the next piece. */
  async takeBack(length: number): Promise<void> {
    this.#length = length;
    this.#isTorn = true;
    await this.mend().catch(() => undefined);
  }

  /** Begins to make room for more where there is little, while nobody waits for it. */
  extend(): void {
    this.#padding.extend(this.#length);
  }

  /** Takes away what is left of a piece that could not be written. */
  async mend(): Promise<void> {
    if (!this.#isTorn) return;
    await this.#padding.written();
    await this.#handle.truncate(this.#length);
    this.#padding.cut(this.#length);
    this.#isTorn = false;
  }

  /** Takes the content out and keeps the room: all of it is gone for good before what stands from `last` on goes. */
  async clear(last: number): Promise<void> {
    await this.#write(Buffer.alloc(last), 0);
    await this.#handle.datasync();
    await this.#write(Buffer.alloc(this.#length - last), last);
    this.#length = 0;
  }

  /** Settles when all that was appended has reached the disk. */
  async sync(): Promise<void> {
    const [{ nlink }] = await Promise.all([this.#handle.stat(), this.#handle.datasync()]);
    // Written to what is no longer in the folder, it would be lost without a word.
    if (nlink === 0)
      throw Object.assign(new Error(`${this.#path} was removed while it was in use.`), { code: 'ENOENT' });
    if (!this.#isNamed) await syncFolder(dirname(this.#path));
    this.#isNamed = true;
  }

  /** Ends the file where its content ends. */
  async close(): Promise<void> {
    try {
      await this.#padding.idle();
      if (this.isPadded) await this.#handle.truncate(this.#length);
    } finally {
      await this.#handle.close();
    }
  }

  async #write(bytes: Buffer, at: number): Promise<void> {
    for (let done = 0; done < bytes.length; ) {
      const { bytesWritten } = await this.#handle.write(bytes, done, bytes.length - done, at + done);
      done += bytesWritten;
    }
  }
}
