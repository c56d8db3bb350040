import { UserError } from '@sapphire/framework';
import { z } from 'zod';
import { reason } from '../reason.ts';
import { discordId } from './discordId.ts';
import { type Answer, defineEndpoint, failure } from './Endpoint.ts';

/** Warns somebody by the rules of `!warn`, as issued by automation; once for each webhook-id. */
export const warnings = defineEndpoint({
  method: 'POST',
  path: '/automation/warnings',
  operationId: 'warn',
  summary: 'Warns a person, and tells them.',
  request: z.strictObject({ userId: discordId, reason }),
  success: z.object({
    active: z.int().min(0).meta({ description: 'How many warnings of the person count now.' }),
    told: z.boolean().meta({ description: 'Whether the person has heard of it.' }),
  }),
  failures: {
    403: 'The person is a moderator, an admin or the bot: these are not warned by automation.',
    422: 'Discord does not know the person.',
    501: 'The bot runs without the plugin moderation.',
  },
  async carryOut({ userId: personId, reason: why }, { id, signedAt }, { container, log }) {
    const { analytics, warner } = container;
    if (!warner) return failure(501, 'The bot runs without the plugin moderation: add it to sapphire.config.ts.');
    const because = { id, createdTimestamp: signedAt };
    const at = new Date(signedAt);
    try {
      const order = { because, at, personId, reason: why, issuedBy: 'automation' };
      const { count, username, told } = await warner.warn(order);
      const options = { key: `${id}:command`, at };
      // Counted beside it: whoever waits does not wait for that.
      analytics
        ?.logCommand(personId, username, 'warn', true, true, options)
        .catch((error: unknown) => log.error({ err: error }, 'A warning of automation could not be counted.'));
      return { status: 200, body: { active: count, told: (await told) === 'told' } };
    } catch (error) {
      if (error instanceof UserError) return refusals[error.identifier] ?? failure(422, 'The rules do not allow it.');
      throw error;
    }
  },
});

const protectedOnes = failure(403, 'Automation warns no moderator, no admin and not the bot: let an admin do it.');

const refusals: Readonly<Record<string, Answer>> = {
  OnTheBot: protectedOnes,
  NotOutranked: protectedOnes,
  UnknownPerson: failure(422, 'Discord knows nobody with this id: check it.'),
  DiscordAway: failure(503, 'Discord cannot be asked who that is. Send it again under the same webhook-id.', 10),
};
