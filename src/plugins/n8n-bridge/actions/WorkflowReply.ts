import type { Reply } from '#core';

/** A workflow's answer, and what it wants done beside it: an excerpt, and nobody has asked yet whether it may. */
export interface WorkflowReply extends Reply {
  readonly actions?: unknown;
}

/** The answer by itself, which is all that the person and the kernel are to see, and the rest. */
export function splitReply({ actions, ...reply }: WorkflowReply): { readonly reply: Reply; readonly actions: unknown } {
  return { reply, actions };
}
