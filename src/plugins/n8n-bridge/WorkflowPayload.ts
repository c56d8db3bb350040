import type { Exchange, Recollection, Turn } from '#core';

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
  /** Where an answer may be sent later, instead of in the response; undefined where none is taken. */
  readonly callbackUrl: string | undefined;
}

/** Characters of history that a call carries at most: n8n refuses a body above 16 MB, and no model reads that much. */
const largestHistory = 500_000;

/** Makes the payload; the history stays out where the workflow keeps its own. */
export function toPayload(
  turn: Turn,
  { history, warnings }: Recollection,
  sendHistory: boolean,
  callbackUrl?: string,
): WorkflowPayload {
  return {
    turnId: turn.id,
    messageId: turn.id,
    channelId: turn.channelId,
    userId: turn.userId,
    username: turn.username,
    message: turn.text,
    timestamp: turn.at.toISOString(),
    conversationContext: toContext(sendHistory ? history : []),
    attachments: turn.attachments,
    warnings,
    callbackUrl,
  };
}

/** The history as it goes out, its oldest part left out where it is too large. */
export const toContext = (history: readonly Exchange[]): WorkflowPayload['conversationContext'] =>
  newestWithin(history, largestHistory).map((exchange) => ({
    userMessage: exchange.userMessage,
    aiResponse: exchange.aiResponse,
    timestamp: exchange.timestamp.toISOString(),
  }));

function newestWithin(history: readonly Exchange[], budget: number): readonly Exchange[] {
  let left = budget;
  const tooOld = history.findLastIndex(({ userMessage, aiResponse }) => {
    left -= userMessage.length + aiResponse.length;
    return left < 0;
  });
  return history.slice(tooOld + 1);
}
