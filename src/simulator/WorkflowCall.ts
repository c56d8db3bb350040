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

/** What a stand-in workflow answers: an object is sent as JSON, `null` as an empty body, `cut` destroys the socket instead. */
export type StandInAnswer = {
  status?: number;
  contentType?: string;
  headers?: Record<string, string>;
  body: string | Buffer | object | null;
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
