/** How the bot is, as far as the page shows it. */
export type BotStatus = {
  database: 'connected' | 'degraded';
  /** Why it is degraded. */
  reason?: string | undefined;
  /** Writes that wait on the disk for the database. */
  writes: number;
  /** Messages that it deals with just now. */
  inHand: number;
};

/** A step of a message's way through the bot that has ended; `turn` is all of it. Times in milliseconds, `at` since 1970. */
export type TurnStage = {
  turnId: string;
  userId: string;
  stage: string;
  at: number;
  duration: number;
  outcome?: string | undefined;
  reason?: string | undefined;
};

/** What is kept of a person, by who keeps it, and who could not be asked. */
export type Holdings = {
  results: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  failed: readonly string[];
};

/** What the page may ask the bot; it is nothing that the simulator could know by itself. */
export interface Insight {
  /** Undefined while the bot is not there. */
  status(): BotStatus | undefined;
  /** Undefined while the bot or its database is not there. */
  holdings(userId: string): Promise<Holdings | undefined>;
  /** Looks at once whether the database answers. */
  look(): Promise<void>;
  /** The time was moved from one moment to another: does what would have been due in between. */
  moved(from: number, to: number): Promise<void>;
  /** Calls back at each stage until the returned function is called. */
  onStage(listener: (stage: TurnStage) => void): () => void;
}
