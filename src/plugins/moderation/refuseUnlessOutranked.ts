import { container, UserError } from '@sapphire/framework';

/**
 * Ends what would be done to somebody to whom its actor may not do it: a moderator, by their id, or `automation`, which
 * ranks below the moderators and above everyone else. @throws UserError OnOneself, OnTheBot, NotOutranked
 */
export function refuseUnlessOutranked(actorId: string, personId: string): void {
  const { client, roles } = container;
  if (personId === actorId) throw new UserError({ identifier: 'OnOneself' });
  if (personId === client.user?.id) throw new UserError({ identifier: 'OnTheBot' });
  const isOutranked = actorId === 'automation' ? !roles.isModerator(personId) : roles.outranks(actorId, personId);
  if (!isOutranked) throw new UserError({ identifier: 'NotOutranked' });
}
