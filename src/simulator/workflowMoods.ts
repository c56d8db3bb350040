import type { StandInWorkflow } from './StandInWorkflow.ts';
import type { StandInAnswer, WorkflowPayload } from './WorkflowCall.ts';

/** What the stand-in workflow may be made to do; `off` is not there at all. */
export const moods = ['normal', 'slow', 'failing', 'empty', 'off'] as const;

export type Mood = (typeof moods)[number];

const SLOW_MS = 8_000;

type Answer = (payload: WorkflowPayload) => StandInAnswer | Promise<StandInAnswer>;

/** How each mood answers, `normal` being how it answered before. */
const answers: Record<Mood, (normal: Answer) => Answer> = {
  normal: (normal) => normal,
  slow: (normal) => async (payload) => ({ ...(await normal(payload)), delayMs: SLOW_MS }),
  failing: () => () => ({ status: 500, body: { message: 'Error in workflow' } }),
  empty: () => () => ({ body: null }),
  off: (normal) => normal,
};

/** Puts the workflow into a mood; `normal` is the answer that it gives in a good one. */
export async function putInMood(workflow: StandInWorkflow, mood: Mood, normal: Answer): Promise<void> {
  workflow.answer = answers[mood](normal);
  await (mood === 'off' ? workflow.switchOff() : workflow.switchOn());
}
