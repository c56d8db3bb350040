import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { access, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip, type Gzip } from 'node:zlib';
import { KernelError } from '../core/errors.ts';
import { syncFolder } from '../core/journal/syncFolder.ts';
import { unusableFile } from './unusableFile.ts';

/** Writes a backup: to a file that bears its name only when it is whole and on the disk, or to a stream. */
export class BackupWriter {
  readonly #path: string | undefined;
  readonly #gzip: Gzip = createGzip();
  readonly #hash = createHash('sha256');
  readonly #written: Promise<void>;

  /** @param path undefined for the stream */
  private constructor(path: string | undefined, target: Writable) {
    this.#path = path;
    this.#written = pipeline(this.#gzip, target);
    // Whoever writes next, or ends, is told.
    this.#written.catch(() => undefined);
  }

  /** Begins a file; it is for this user only. @throws KernelError BackupUnusable when there is one already */
  static async toFile(path: string): Promise<BackupWriter> {
    await refuseToOverwrite(path);
    const target = createWriteStream(partial(path), { flags: 'wx', mode: 0o600, flush: true });
    try {
      await once(target, 'open');
    } catch (error) {
      throw unusableFile(partial(path), 'written', error);
    }
    return new BackupWriter(path, target);
  }

  static toStream(target: Writable): BackupWriter {
    return new BackupWriter(undefined, target);
  }

  /** SHA-256 of what was written so far. */
  get sha256(): string {
    return this.#hash.copy().digest('hex');
  }

  /** Settles when there is room for more. @throws KernelError BackupUnusable when the disk takes no more */
  async write(text: string): Promise<void> {
    this.#hash.update(text);
    await this.#trying(async () => {
      if (!this.#gzip.write(text)) await Promise.race([once(this.#gzip, 'drain'), this.#written]);
    });
  }

  /** Gives the file its name once all of it is on the disk; returns its size in bytes, undefined for a stream. */
  async end(): Promise<number | undefined> {
    const path = this.#path;
    await this.#trying(async () => {
      this.#gzip.end();
      await this.#written;
    });
    if (path === undefined) return undefined;
    await refuseToOverwrite(path);
    await this.#trying(async () => {
      await rename(partial(path), path);
      await syncFolder(dirname(path));
    });
    return (await stat(path)).size;
  }

  /** Leaves nothing behind. */
  async abandon(): Promise<void> {
    this.#gzip.destroy();
    await this.#written.catch(() => undefined);
    if (this.#path !== undefined) await rm(partial(this.#path), { force: true });
  }

  async #trying(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      throw unusableFile(this.#path ?? 'standard output', 'written', error);
    }
  }
}

const partial = (path: string): string => `${path}.partial`;

async function refuseToOverwrite(path: string): Promise<void> {
  const isThere = await access(path).then(
    () => true,
    () => false,
  );
  if (isThere) throw new KernelError('BackupUnusable', `There is a file ${path} already. Name another one.`);
}
