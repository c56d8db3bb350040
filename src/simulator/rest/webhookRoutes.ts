import { type APIMessage, MessageFlags } from 'discord.js';
import type { FastifyInstance } from 'fastify';
import type { Press } from '../interactions/Press.ts';
import { isLoading } from '../messageFlags.ts';
import { stored } from '../stored.ts';
import type { World } from '../World.ts';
import { checkMessage } from './checkMessage.ts';
import { composeMessage } from './composeMessage.ts';
import { refusals } from './DiscordError.ts';
import { editMessage } from './editMessage.ts';
import { fromPress } from './fromPress.ts';
import type { RestHost } from './RestHost.ts';
import { type SentBody, sentBody } from './SentBody.ts';

type OfPress = { applicationId: string; token: string };
type OneMessage = OfPress & { messageId: string };

/** What follows the first answer to a press: https://discord.com/developers/docs/interactions/receiving-and-responding#followup-messages */
export function webhookRoutes(api: FastifyInstance, { world }: RestHost): void {
  const path = '/webhooks/:applicationId/:token/messages/:messageId';

  api.post<{ Params: OfPress }>('/webhooks/:applicationId/:token', async ({ params, body }) =>
    stored(followUp(world, findAnswered(world, params), sentBody(body))),
  );

  api.get<{ Params: OneMessage }>(path, async ({ params }) => stored(findMessage(world, params)[1]));

  api.patch<{ Params: OneMessage }>(path, async ({ params, body }) => {
    const [{ channel }, message] = findMessage(world, params);
    return stored(editMessage(world, channel, message, sentBody(body)));
  });

  api.delete<{ Params: OneMessage }>(path, async ({ params }, reply) => {
    const [{ channel }, { id }] = findMessage(world, params);
    world.remove(channel, id);
    return reply.code(204).send();
  });
}

/** The first one after a promised answer keeps that promise: https://discord.com/developers/docs/interactions/receiving-and-responding#create-followup-message */
function followUp(world: World, press: Press, body: SentBody): APIMessage {
  const { channel, originalId = press.message.id } = press;
  const original = channel.history.get(originalId);
  if (original && isLoading(original)) return editMessage(world, channel, original, body);
  const form = checkMessage(body);
  const composed = composeMessage(world, channel, form, body.files);
  const flags = Number(composed.flags ?? 0) | (Number(form.flags ?? 0) & MessageFlags.Ephemeral);
  const message = world.post(channel, { ...composed, ...fromPress(world, press, originalId), flags });
  press.messageIds.add(message.id);
  return message;
}

/** A press that was never answered has no webhook yet. */
function findAnswered({ presses, bot }: World, { applicationId, token }: OfPress): Press {
  const press = presses.find(token);
  if (applicationId !== bot.id || press?.state !== 'answered') throw refusals.unknownWebhook();
  if (press.expired) throw refusals.invalidWebhookToken();
  return press;
}

function findMessage(world: World, params: OneMessage): [Press, APIMessage] {
  const press = findAnswered(world, params);
  const id = params.messageId === '@original' ? press.originalId : params.messageId;
  const message = id !== undefined && press.messageIds.has(id) ? press.channel.history.get(id) : undefined;
  if (!message) throw refusals.unknownMessage();
  return [press, message];
}
