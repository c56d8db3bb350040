/** What the ledger knows of a message that the bot takes on; ids only, no texts. */
export interface Claim {
  readonly messageId: string;
  readonly userId: string;
  readonly channelId: string;
}

/** Decides who answers a message: whoever claims it first, once. */
export interface TurnLedger {
  /** True for the first claim of a message, false for every other one. */
  claim(claim: Claim): Promise<boolean>;
  /** The message got its answer. */
  finish(messageId: string): Promise<void>;
}
