import type { Recollection, Turn } from '#core';

/** What the workflow receives with each call. */
export interface WorkflowPayload {
  readonly turnId: string;
  readonly messageId: string;
  readonly channelId: string;
  readonly userId: string;
  readonly username: string;
  readonly message: string;
  /** ISO 8601. */
  readonly timestamp: string;
  /** Oldest exchange first. */
  readonly conversationContext: readonly {
    readonly userMessage: string;
    readonly aiResponse: string;
    readonly timestamp: string;
  }[];
  readonly attachments: readonly {
    readonly url: string;
    readonly filename: string;
    readonly contentType: string | undefined;
    readonly size: number;
  }[];
  /** The person's active warnings. */
  readonly warnings: number;
}

/** Makes the payload; the history stays out where the workflow keeps its own. */
export function toPayload(turn: Turn, { history, warnings }: Recollection, sendHistory: boolean): WorkflowPayload {
  return {
    turnId: turn.id,
    messageId: turn.id,
    channelId: turn.channelId,
    userId: turn.userId,
    username: turn.username,
    message: turn.text,
    timestamp: turn.at.toISOString(),
    conversationContext: (sendHistory ? history : []).map((exchange) => ({
      userMessage: exchange.userMessage,
      aiResponse: exchange.aiResponse,
      timestamp: exchange.timestamp.toISOString(),
    })),
    attachments: turn.attachments,
    warnings,
  };
}
