/** One thing that must not be forgotten until it is dealt with: a write, a claim, an answer. */
export interface JournalEntry {
  /** Unique for all time: `<run>-<number>`. A run is one opening of the journal; a restored backup repeats no id. */
  readonly id: string;
  readonly kind: string;
  /** The Discord id that it concerns. */
  readonly person: string | undefined;
  /** Milliseconds since 1970, when it was appended. */
  readonly at: number;
  /** JSON. */
  readonly body: unknown;
  /** The number of the file that holds it. */
  readonly segment: number;
}
