import { container, UserError } from '@sapphire/framework';

/** Ends a command by which a moderator would act on somebody whom they may not act on. @throws UserError */
export function refuseUnlessOutranked(actorId: string, personId: string): void {
  if (personId === actorId) throw new UserError({ identifier: 'OnOneself' });
  if (personId === container.client.user?.id) throw new UserError({ identifier: 'OnTheBot' });
  if (!container.roles.outranks(actorId, personId)) throw new UserError({ identifier: 'NotOutranked' });
}
