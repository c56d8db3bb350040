import {
  InteractionResponseType,
  InteractionType,
  type RESTPostAPIInteractionCallbackWithResponseResult,
} from 'discord.js';
import type { FastifyInstance } from 'fastify';
import type { Press } from '../interactions/Press.ts';
import { isEphemeral, isLoading } from '../messageFlags.ts';
import { stored } from '../stored.ts';
import type { World } from '../World.ts';
import { answerPress, type PressAnswer } from './answerPress.ts';
import { refusals } from './DiscordError.ts';
import type { RestHost } from './RestHost.ts';
import { sentBody } from './SentBody.ts';

type Params = { interactionId: string; token: string };

/** The bot's first answer, for which the interaction's own token is enough: https://discord.com/developers/docs/interactions/receiving-and-responding#create-interaction-response */
export function interactionRoutes(api: FastifyInstance, { world }: RestHost): void {
  api.post<{ Params: Params; Querystring: { with_response?: string } }>(
    '/interactions/:interactionId/:token/callback',
    async ({ params, query, body }, reply) => {
      const press = findOpen(world, params);
      const answer = answerPress(world, press, sentBody(body));
      return query.with_response === 'true' ? described(press, answer) : reply.code(204).send();
    },
  );
}

function findOpen({ presses }: World, { interactionId, token }: Params): Press {
  const press = presses.find(token);
  if (press?.id !== interactionId || press.expired) throw refusals.unknownInteraction();
  if (press.state === 'answered') throw refusals.alreadyAcknowledged();
  if (press.state === 'failed') throw refusals.unknownInteraction();
  return press;
}

/** https://discord.com/developers/docs/interactions/receiving-and-responding#interaction-callback-interaction-callback-response-object */
function described({ id }: Press, { type, message }: PressAnswer): RESTPostAPIInteractionCallbackWithResponseResult {
  const told =
    type === InteractionResponseType.ChannelMessageWithSource || type === InteractionResponseType.UpdateMessage;
  return {
    interaction: {
      id,
      type: InteractionType.MessageComponent,
      response_message_id: message.id,
      response_message_loading: isLoading(message),
      response_message_ephemeral: isEphemeral(message),
    },
    resource: { type, ...(told ? { message: stored(message) } : {}) },
  };
}
