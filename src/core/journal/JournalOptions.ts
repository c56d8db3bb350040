import type { Log } from '../log/createLog.ts';

export interface JournalOptions {
  /** Made where it is missing, for this user only. Only one process at a time may have it. */
  readonly folder: string;
  /** The journal does not grow beyond this. */
  readonly maxBytes: number;
  /** A file of the journal grows up to about this; 8 MiB by default. */
  readonly segmentBytes?: number;
  /** What essential entries may take in addition: above `maxBytes`, and of a full disk; 4 MiB by default. */
  readonly reserveBytes?: number;
  readonly log: Log;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

export interface AppendOptions {
  /** The Discord id of whom it is about. */
  readonly person?: string | undefined;
  /** It may use the reserve. */
  readonly essential?: boolean;
  /** Called when the entry would survive the end of this process, though not of the machine; those behind it do not wait for more. */
  readonly onWritten?: () => void;
}
