/** One message of a person and the answer it gets, as plugins see it: plain data, cleaned of what a database cannot hold. */
export interface Turn {
  /** The message's Discord id; the same over retries. */
  readonly id: string;
  readonly channelId: string;
  /** The person's Discord id. */
  readonly userId: string;
  readonly username: string;
  /** What was written, stickers named in brackets; may be empty when there are attachments. */
  readonly text: string;
  readonly attachments: readonly Attachment[];
  /** When the message was written. */
  readonly at: Date;
}

interface Attachment {
  readonly url: string;
  readonly filename: string;
  readonly contentType: string | undefined;
  /** Bytes. */
  readonly size: number;
}

/** What memory keeps of a turn. */
export interface Exchange {
  readonly userMessage: string;
  readonly aiResponse: string;
  readonly timestamp: Date;
}

/** What plugins remember about the person of a turn; `recall` hooks each add a part. */
export interface Recollection {
  /** Earlier exchanges, oldest first. */
  readonly history: readonly Exchange[];
  /** Active warnings. */
  readonly warnings: number;
}

/** A plugin's answer to a turn. */
export interface Reply {
  readonly text: string;
  /** What the model said it used, if it said so. */
  readonly tokens?: number | undefined;
}

/** Says that the answer to a turn comes another way; the turn waits for it, for so many milliseconds. */
export interface Later {
  readonly later: number;
}

/** Shows the person what has been written of an answer so far: all of it, each time. Takes any number of calls. */
export type Draft = (text: string) => void;

/** How a turn ended. */
export interface Outcome {
  /** The answer; undefined when the person got the apology. */
  readonly reply: Reply | undefined;
  /** Whether Discord took the answer (or the apology). */
  readonly delivered: boolean;
  /** Milliseconds from the message's arrival to its answer. */
  readonly responseTime: number;
}

/** Who asks for what to be erased: what was said (`conversations`), or `everything` but warnings. */
export interface ForgetRequest {
  /** Undefined: everyone. */
  readonly userId: string | undefined;
  readonly scope: 'conversations' | 'everything';
  /** Everything from before this moment goes, and stays away. */
  readonly at: Date;
  /** Names the request, for writes under a key. */
  readonly key: string;
}
