import type { Exchange, WriteOptions } from '#core';

/** What people and the bot said to each other, kept for a while. */
export interface ConversationRepository {
  saveMessage(
    discordId: string,
    username: string,
    userMessage: string,
    aiResponse: string,
    options?: WriteOptions,
  ): Promise<void>;
  /** The newest exchanges within the retention, oldest first. */
  getRecentMessages(discordId: string, limit: number): Promise<Exchange[]>;
  /** Erases one person's exchanges up to a moment; those from before it that arrive later are not kept. Returns their number. */
  flushUserConversations(discordId: string, options?: WriteOptions): Promise<number>;
  /** The same for everyone. */
  flushAllConversations(options?: WriteOptions): Promise<number>;
}

/** An exchange between the repositories of this folder: `key` names the write that it came from, if that had a name. */
export interface KeyedExchange extends Exchange {
  readonly key: string | undefined;
}

/** The exchange as everyone else gets it. */
export const withoutKey = ({ userMessage, aiResponse, timestamp }: KeyedExchange): Exchange => ({
  userMessage,
  aiResponse,
  timestamp,
});
