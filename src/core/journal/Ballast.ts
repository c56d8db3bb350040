import { randomBytes } from 'node:crypto';
import { rm, stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { withFile } from './withFile.ts';

const piece = 1024 * 1024;

/** A file that only takes up space, so that there is some to give up for what must be written when the disk is full. */
export class Ballast {
  readonly #path: string;
  readonly #bytes: number;
  #isInPlace: boolean;

  constructor(path: string, bytes: number) {
    this.#path = path;
    this.#bytes = bytes;
    this.#isInPlace = bytes === 0;
  }

  get isInPlace(): boolean {
    return this.#isInPlace;
  }

  /** Puts the file in its place where it is missing; false where the disk has no space to spare for it. */
  async restore(): Promise<boolean> {
    if (this.#isInPlace) return true;
    if (await this.#isThere()) return this.#placed();
    const { bavail, bsize } = await statfs(dirname(this.#path));
    // With nothing to spare, taking the rest would leave none to the other programs.
    if (bavail * bsize < this.#bytes * 2) return false;
    try {
      await this.#write();
    } catch (error) {
      await rm(this.#path, { force: true });
      if (/^(ENOSPC|EDQUOT)$/.test((error as { code?: string }).code ?? '')) return false;
      throw error;
    }
    return this.#placed();
  }

  /** Gives the space back to the disk. */
  async release(): Promise<void> {
    await rm(this.#path, { force: true });
    this.#isInPlace = this.#bytes === 0;
  }

  #placed(): true {
    this.#isInPlace = true;
    return true;
  }

  async #isThere(): Promise<boolean> {
    try {
      return (await stat(this.#path)).size === this.#bytes;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
      throw error;
    }
  }

  #write(): Promise<void> {
    return withFile(this.#path, 'w', async (handle) => {
      // Random: a file system that compresses, or leaves holes for zeros, would keep no space for it.
      for (let left = this.#bytes; left > 0; left -= piece) await handle.writeFile(randomBytes(Math.min(left, piece)));
      await handle.sync();
    });
  }
}
