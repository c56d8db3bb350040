import { container, UserError } from '@sapphire/framework';
import { DiscordAPIError, type Message, RESTJSONErrorCodes, type User } from 'discord.js';

/** The person with an id, as Discord knows them. @throws UserError UnknownPerson, DiscordAway */
export async function findUser({ client, mentions }: Message, id: string): Promise<User> {
  const mentioned = mentions.users.get(id);
  if (mentioned) return mentioned;
  try {
    return await client.users.fetch(id, { cache: false });
  } catch (error) {
    // A number that is too large for an id is refused as a form.
    const isUnknown =
      error instanceof DiscordAPIError && (error.code === RESTJSONErrorCodes.UnknownUser || error.status === 400);
    if (isUnknown) throw new UserError({ identifier: 'UnknownPerson', context: { id } });
    container.log.warn({ err: error }, 'Discord could not tell who a person is.');
    throw new UserError({ identifier: 'DiscordAway' });
  }
}
