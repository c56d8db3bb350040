import { z } from 'zod';
import { reason } from '../reason.ts';

/** What a reply may ask for, by its type; always for the person of the turn. */
const actions = {
  warn: z.object({ type: z.literal('warn'), reason }),
  flushMemory: z.object({ type: z.literal('flushMemory') }),
} as const;

export const actionTypes = Object.keys(actions) as readonly ActionType[];

export type ActionType = keyof typeof actions;

export type Action = { readonly [Type in ActionType]: z.output<(typeof actions)[Type]> }[ActionType];

/** The action, or undefined where it is none that is known, or lacks what it needs. */
export function readAction(given: unknown): Action | undefined {
  return z.discriminatedUnion('type', [actions.warn, actions.flushMemory]).safeParse(given).data;
}
