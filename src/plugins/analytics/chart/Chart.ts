/** What the picture of the statistics shows, as plain data: a worker draws it. */
export interface Chart {
  /** Kinds of messages, each with a colour of its own, in the order in which they are stacked. */
  readonly types: readonly { readonly label: string; readonly total: number }[];
  /** Bars side by side, oldest first. */
  readonly days: readonly Bar[];
  /** The hours of the day, from 0 to 23. */
  readonly hours: readonly Bar[];
}

export interface Bar {
  readonly label: string;
  /** Messages by type, in the order of the types. */
  readonly counts: readonly number[];
}
