/** Where to go on reading the journal: at the first open entry that does not come before this one. */
export interface Position {
  readonly segment: number;
  /** The number in the entry's id. */
  readonly number: number;
}
