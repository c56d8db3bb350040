import type { IncomingHttpHeaders } from 'node:http';

/** What the bot posts to the workflow for one turn; the oldest exchange comes first. */
export type WorkflowPayload = {
  turnId: string;
  messageId: string;
  channelId: string;
  userId: string;
  username: string;
  message: string;
  timestamp: string;
  conversationContext: { userMessage: string; aiResponse: string; timestamp: string }[];
  attachments: { url: string; filename: string; contentType: string | null; size: number }[];
  warnings: number;
  callbackUrl?: string;
};

/** Bytes that a stand-in workflow writes as they are, or an object that it writes as a line of JSON. */
export type StandInPiece = string | Buffer | object;

/**
 * What a stand-in workflow answers: an object is sent as JSON, `null` as an empty body; or a `stream`, a piece at a
 * time, as slowly as the pieces come. `cut` destroys the socket instead, or after the stream.
 */
export type StandInAnswer = {
  status?: number;
  contentType?: string;
  headers?: Record<string, string>;
  body?: string | Buffer | object | null;
  stream?: AsyncIterable<StandInPiece> | Iterable<StandInPiece>;
  delayMs?: number;
  cut?: boolean;
};

/** One call that a stand-in workflow received; `status` and `reply` are undefined until it is answered, `at` is in milliseconds. */
export type WorkflowCall = {
  readonly id: number;
  readonly at: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: WorkflowPayload;
  status: number | undefined;
  reply: StandInAnswer['body'] | undefined;
};
