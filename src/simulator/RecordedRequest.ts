/** A REST request of the bot, for tests and for the playground's page. */
export interface RecordedRequest {
  method: string;
  /** Behind `/api/v10`, without the query: `/channels/123/messages`. */
  path: string;
  query: Record<string, string>;
  /** The JSON, also when it came with files. */
  body: unknown;
  files: { filename: string; size: number }[];
  /** What was answered, or would have been had the answer not been lost. */
  status: number;
  /** When it was answered, in milliseconds since 1970. */
  at: number;
}
