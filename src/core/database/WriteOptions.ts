/** The last argument of every writing method of a repository. */
export interface WriteOptions {
  /** Names the write: a second one under the same key changes nothing. Without it, each call is a write of its own. */
  readonly key?: string;
  /** When what is written happened; now by default. */
  readonly at?: Date;
}
