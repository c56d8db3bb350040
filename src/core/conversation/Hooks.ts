import type { Draft, ForgetRequest, Later, Outcome, Recollection, Reply, Turn } from './Turn.ts';

/**
 * How many rows an erasing took away, by what they are called in the answer. `later`: it is kept durably, and is carried
 * out as soon as the database is back.
 */
export type Erased = Readonly<Record<string, number>> | 'later';

/**
 * What a plugin does in a conversation. Each hook gets the plugin's own context last, and is given up when it takes too
 * long (see `hookDeadlines`). `forget` and `exportData` are asked whatever state the plugin is in.
 */
export interface ConversationHooks<Context> {
  /** Adds a part to what the answer is made from. A failure is logged; the turn goes on without that part. */
  recall?(turn: Turn, context: Context): Promise<Partial<Recollection>>;
  /**
   * Answers the turn, or leaves it to the next plugin (undefined). A `UserError` is worded like any refusal; another
   * failure ends in the one apology.
   */
  respond?(turn: Turn, recollection: Recollection, draft: Draft, context: Context): Promise<Reply | Later | undefined>;
  /** Keeps what is to be kept of an ended turn. A failure is logged and never seen by the person. */
  record?(turn: Turn, outcome: Outcome, context: Context): Promise<void>;
  /**
   * Erases what the plugin holds of a person, or of everyone, but for rows that go `with the user`; returns what went.
   */
  forget?(request: ForgetRequest, context: Context): Promise<Erased>;
  /** Everything that the plugin holds of a person, as plain data. */
  exportData?(userId: string, context: Context): Promise<Readonly<Record<string, unknown>>>;
}

export type HookName = keyof ConversationHooks<undefined>;

/** A plugin's hooks with its context bound, under the plugin's name. */
export interface BoundHooks {
  readonly plugin: string;
  /** What the plugin never erases. */
  readonly keeps?: string | undefined;
  /** Each returns undefined while the plugin does not run. */
  readonly hooks: ConversationHooks<undefined>;
  /** Hears how each hook ended that ran. */
  readonly onEnd?: (hook: HookName, end: { readonly error?: unknown }) => void;
}
