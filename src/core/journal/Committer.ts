import type { Log } from '../log/createLog.ts';
import type { Ballast } from './Ballast.ts';
import { JournalError } from './JournalError.ts';
import type { Segment } from './Segment.ts';
import type { Outgoing, Writer } from './Writer.ts';

/** An entry that somebody waits for to reach the disk. */
export interface Waiting extends Outgoing {
  readonly isEssential: boolean;
  readonly resolve: (segment: Segment) => void;
  readonly reject: (error: JournalError) => void;
}

const isDiskFull = (error: unknown): boolean => /^(ENOSPC|EDQUOT)$/.test((error as { code?: string }).code ?? '');

/** Brings batches of entries to the disk, and on a full disk gives up the ballast for the essential ones. */
export class Committer {
  readonly #writer: Writer;
  readonly #ballast: Ballast;
  readonly #folder: string;
  readonly #log: Log;
  #isFailing = false;

  constructor(writer: Writer, ballast: Ballast, folder: string, log: Log) {
    this.#writer = writer;
    this.#ballast = ballast;
    this.#folder = folder;
    this.#log = log;
  }

  /** Settles when each of the batch was told whether it is on the disk. */
  async commit(batch: readonly Waiting[]): Promise<void> {
    const essential = batch.filter(({ isEssential }) => isEssential);
    const others = batch.filter(({ isEssential }) => !isEssential);
    const obstacle = await this.#obstacle();
    if (obstacle) this.#reject(others, obstacle);
    const admitted = obstacle ? essential : batch;
    try {
      if (admitted.length > 0) await this.#write(admitted);
    } catch (error) {
      const isWorthIt = isDiskFull(error) && essential.length > 0 && this.#ballast.isInPlace;
      this.#reject(isWorthIt ? others : admitted, error);
      if (isWorthIt) await this.#writeInsteadOfBallast(essential);
    }
  }

  /** Why only essential entries may be written: the reserve is in use, and there is no space to have it back. */
  async #obstacle(): Promise<unknown> {
    try {
      if (await this.#ballast.restore()) return undefined;
      return Object.assign(new Error('No space is left but the reserve.'), { code: 'ENOSPC' });
    } catch (error) {
      return error;
    }
  }

  async #writeInsteadOfBallast(essential: readonly Waiting[]): Promise<void> {
    try {
      await this.#ballast.release();
      await this.#write(essential);
    } catch (error) {
      this.#reject(essential, error);
    }
  }

  async #write(batch: readonly Waiting[]): Promise<void> {
    const segment = await this.#writer.append(batch);
    if (this.#isFailing && this.#ballast.isInPlace) {
      this.#isFailing = false;
      this.#log.info('The journal can be written again.');
    }
    for (const { resolve } of batch) resolve(segment);
  }

  #reject(batch: readonly Waiting[], cause: unknown): void {
    if (batch.length === 0) return;
    const error = JournalError.of('JournalUnwritable', this.#folder, cause);
    if (!this.#isFailing) this.#log.error({ err: error }, 'The journal cannot be written.');
    this.#isFailing = true;
    for (const { reject } of batch) reject(error);
  }
}
