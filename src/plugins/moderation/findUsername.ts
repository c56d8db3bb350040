import { container, UserError } from '@sapphire/framework';
import { DiscordAPIError, RESTJSONErrorCodes } from 'discord.js';

/** The name of the person with an id, as Discord knows them. @throws UserError UnknownPerson, DiscordAway */
export async function findUsername(id: string): Promise<string> {
  try {
    return (await container.client.users.fetch(id, { cache: false })).username;
  } catch (error) {
    // A number that is too large for an id is refused as a form.
    const isUnknown =
      error instanceof DiscordAPIError && (error.code === RESTJSONErrorCodes.UnknownUser || error.status === 400);
    if (isUnknown) throw new UserError({ identifier: 'UnknownPerson', context: { id } });
    container.log.warn({ err: error }, 'Discord could not tell who a person is.');
    throw new UserError({ identifier: 'DiscordAway' });
  }
}
