import type { Log } from '../log/createLog.ts';
import type { Ballast } from './Ballast.ts';
import { JournalError } from './JournalError.ts';
import type { Segment } from './Segment.ts';
import type { Outgoing, Writer } from './Writer.ts';

/** An entry that somebody waits for to reach the disk. */
export interface Waiting extends Outgoing {
  readonly isEssential: boolean;
  /** Called when it is written and survives the end of the process; where it is absent, nothing is written behind it meanwhile. */
  readonly onWritten: (() => void) | undefined;
  readonly resolve: (segment: Segment) => void;
  readonly reject: (error: JournalError) => void;
}

const isEssential = (entry: Waiting): boolean => entry.isEssential;
const isOther = (entry: Waiting): boolean => !entry.isEssential;
const isDiskFull = (error: unknown): boolean => /^(ENOSPC|EDQUOT)$/.test((error as { code?: string }).code ?? '');

/** Brings batches of entries to the disk, and on a full disk gives up the ballast for the essential ones. */
export class Committer {
  readonly #writer: Writer;
  readonly #ballast: Ballast;
  readonly #folder: string;
  readonly #log: Log;
  readonly #onFailure: () => void;
  #isFailing = false;
  /** What is written and on its way to the disk. */
  #written: { readonly entry: Waiting; readonly segment: Segment }[] = [];
  #syncing: Promise<void> | undefined;
  #failure: { readonly error: unknown } | undefined;

  /** `onFailure`: what was written did not reach the disk, and is dealt with by `settled`. */
  constructor(writer: Writer, ballast: Ballast, folder: string, log: Log, onFailure: () => void) {
    this.#writer = writer;
    this.#ballast = ballast;
    this.#folder = folder;
    this.#log = log;
    this.#onFailure = onFailure;
  }

  /** Whether something has to be dealt with by `settled`. */
  get hasFailed(): boolean {
    return this.#failure !== undefined;
  }

  /** Settles when nothing is on its way to the disk any more, and each was told whether it is there. */
  async settled(): Promise<void> {
    await this.#syncing;
    if (!this.#failure) return;
    const { error } = this.#failure;
    const lost = this.#written.splice(0).map(({ entry }) => entry);
    this.#failure = undefined;
    await this.#writer.takeBack();
    await this.#retreat(lost, error);
  }

  /** Settles when each of the batch is written, or was told whether it is on the disk. */
  async commit(batch: readonly Waiting[]): Promise<void> {
    const obstacle = await this.#obstacle();
    if (obstacle) this.#reject(batch.filter(isOther), obstacle);
    const admitted = obstacle ? batch.filter(isEssential) : batch;
    try {
      if (admitted.length > 0) await this.#write(admitted);
    } catch (error) {
      await this.#retreat(admitted, error);
    }
  }

  // What could not be written is refused, but on a full disk what is essential.
  async #retreat(batch: readonly Waiting[], error: unknown): Promise<void> {
    const essential = batch.filter(isEssential);
    const isWorthIt = isDiskFull(error) && essential.length > 0 && this.#ballast.isInPlace;
    this.#reject(isWorthIt ? batch.filter(isOther) : batch, error);
    if (isWorthIt) await this.#writeInsteadOfBallast(essential);
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
      // At once to the disk: once is enough, and who waits for them knows the outcome then.
      await this.#write(essential, false);
    } catch (error) {
      this.#reject(essential, error);
    }
  }

  async #write(batch: readonly Waiting[], mayBeAhead = true): Promise<void> {
    const isAhead = mayBeAhead && batch.every(({ onWritten }) => onWritten !== undefined);
    if (!isAhead || this.#failure || !this.#writer.hasRoomFor(batch)) await this.settled();
    const segment = await this.#writer.append(batch, !isAhead);
    const written = batch.map((entry) => ({ entry, segment }));
    if (!isAhead) return this.#succeed(written);
    this.#written.push(...written);
    for (const { onWritten } of batch) onWritten?.();
    // The system tells of what it could not write only once: after a failure, another sync proves nothing.
    if (!this.#failure) this.#syncing ??= this.#sync();
  }

  // One sync at a time: a second one would hold up whoever writes until the first has ended.
  async #sync(): Promise<void> {
    try {
      while (this.#written.length > 0) {
        const { length } = this.#written;
        await this.#writer.sync();
        this.#succeed(this.#written.splice(0, length));
      }
    } catch (error) {
      this.#failure = { error };
      this.#onFailure();
    } finally {
      this.#syncing = undefined;
    }
  }

  #succeed(written: readonly { readonly entry: Waiting; readonly segment: Segment }[]): void {
    if (this.#isFailing && this.#ballast.isInPlace) {
      this.#isFailing = false;
      this.#log.info('The journal can be written again.');
    }
    for (const { entry, segment } of written) entry.resolve(segment);
  }

  #reject(batch: readonly Waiting[], cause: unknown): void {
    if (batch.length === 0) return;
    const error = JournalError.of('JournalUnwritable', this.#folder, cause);
    if (!this.#isFailing) this.#log.error({ err: error }, 'The journal cannot be written.');
    this.#isFailing = true;
    for (const { reject } of batch) reject(error);
  }
}
