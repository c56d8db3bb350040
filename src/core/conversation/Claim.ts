/** What the ledger knows of a message that the bot takes on; ids only, no texts. */
export interface Claim {
  readonly messageId: string;
  readonly userId: string;
  readonly channelId: string;
}
