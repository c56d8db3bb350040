import { channel } from 'node:diagnostics_channel';

/** The way of a message, step by step; `turn` is all of it, and comes last. */
export type Stage = 'claim' | 'admit' | 'recall' | 'respond' | 'deliver' | 'record' | 'turn';

/** How a message can end: with an answer, or why without. */
export const turnOutcomes = [
  'answered',
  // Something failed; the person was told so.
  'apologised',
  // A rule was against it, or there was no place for it: the event's `reason` is the refusal's identifier.
  'refused',
  // No answer came in time; the person was told that it takes longer.
  'to come later',
  // The answer came after that, or to an instance where the turn did not wait.
  'answered late',
  // Another instance answers it, or has.
  'elsewhere',
  // Discord did not take what the person was to be told.
  'undelivered',
  // It could be noted nowhere, so nobody deals with it.
  'not taken on',
  'command',
  // Neither a chat nor a known command: the person got a hint.
  'hint',
  // Ended by a fault of ours, without a word.
  'failed',
] as const;

/** How a stage ended; a reason is an identifier, never a text. */
export interface StageEnd {
  readonly outcome: string;
  readonly reason?: string | undefined;
}

/** How a message's turn ended. */
export interface TurnEnd extends StageEnd {
  readonly outcome: (typeof turnOutcomes)[number];
}

/** A stage that has ended: plain data without texts. */
export interface StageEvent extends Partial<StageEnd> {
  /** The message's Discord id. */
  readonly turnId: string;
  readonly userId: string;
  readonly stage: Stage;
  /** When it began; milliseconds since 1970. */
  readonly at: number;
  /** Milliseconds. */
  readonly duration: number;
}

/**
 * Where the kernel tells what stage a message has passed, for whoever wants to look on; without one it costs nothing.
 * A subscriber that throws ends the process. https://nodejs.org/api/diagnostics_channel.html
 */
export const turnChannel = channel('steward:turn');

type Of = Pick<StageEvent, 'turnId' | 'userId'>;

/** A stage begins; the returned function tells that it has ended. */
export function beginStage(stage: Stage, { turnId, userId }: Of): (end?: StageEnd) => void {
  if (!turnChannel.hasSubscribers) return unheard;
  const at = Date.now();
  const began = performance.now();
  return (end) =>
    turnChannel.publish({
      turnId,
      userId,
      stage,
      at,
      duration: performance.now() - began,
      ...end,
    } satisfies StageEvent);
}

/** Does the work of a stage and tells that it has ended, `failed` when it throws. */
export async function inStage<Result>(
  stage: Stage,
  of: Of,
  work: () => Promise<Result>,
  endOf?: (result: Result) => StageEnd,
): Promise<Result> {
  const ended = beginStage(stage, of);
  try {
    const result = await work();
    ended(endOf?.(result));
    return result;
  } catch (error) {
    ended({ outcome: 'failed' });
    throw error;
  }
}

const unheard = (): void => undefined;
