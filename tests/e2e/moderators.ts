import type { TestBot } from '#testing';
import type { SimulatedUser } from '../../src/simulator/SimulatedUser.ts';

/** Whose ids are moderators' in tests of moderation: for `MODERATOR_IDS`. */
export const moderatorIds = ['300000000000000007', '300000000000000008'] as const;

/** A moderator of a bot that was started with these `MODERATOR_IDS`. */
export function moderator({ discord }: TestBot, which: 0 | 1 = 0): SimulatedUser {
  const id = moderatorIds[which];
  return discord.user(id) ?? discord.addUser({ id, username: `moderator-${which}` });
}

/** The ids of the warnings that a list, or the answer to `!warn`, names. */
export const idsIn = (content: string): string[] =>
  [...content.matchAll(/`([2-9a-z]{8}(?:[0-9a-f]{4})?)`/g)].map(([, id = '']) => id);

/** Warns somebody and returns the warning's id. */
export async function warn(actor: SimulatedUser, person: SimulatedUser, reason: string): Promise<string> {
  const [id] = idsIn((await actor.asks(`!warn <@${person.id}> ${reason}`)).content);
  if (id === undefined) throw new Error('There was no warning.');
  return id;
}
