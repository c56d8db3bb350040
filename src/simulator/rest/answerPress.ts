import { type APIMessage, InteractionResponseType, MessageFlags } from 'discord.js';
import type { Press } from '../interactions/Press.ts';
import type { NewMessage, World } from '../World.ts';
import { checkMessage } from './checkMessage.ts';
import { composeMessage } from './composeMessage.ts';
import { refusals } from './DiscordError.ts';
import { editMessage } from './editMessage.ts';
import { FormErrors } from './FormErrors.ts';
import { fromPress } from './fromPress.ts';
import type { SentBody } from './SentBody.ts';

const { ChannelMessageWithSource, DeferredChannelMessageWithSource, DeferredMessageUpdate, UpdateMessage } =
  InteractionResponseType;
const WITHIN = ['data'];

/** What the bot did with a press: the kind of answer, and the message that `@original` means from now on. */
export interface PressAnswer {
  type: InteractionResponseType;
  message: APIMessage;
}

/** The bot's first answer to a press: https://discord.com/developers/docs/interactions/receiving-and-responding#interaction-response-object */
export function answerPress(world: World, press: Press, { payload, files }: SentBody): PressAnswer {
  const { type, data } = (payload ?? {}) as { type?: unknown; data?: unknown };
  const body = { payload: data ?? {}, files };
  const message = messageFor(world, press, type, body);
  press.answer(message.id);
  return { type: type as InteractionResponseType, message };
}

function messageFor(world: World, press: Press, type: unknown, body: SentBody): APIMessage {
  const { channel } = press;
  switch (type) {
    case ChannelMessageWithSource: {
      const form = checkMessage(body, WITHIN);
      return post(world, press, composeMessage(world, channel, form, body.files), flagsOf(body));
    }
    case DeferredChannelMessageWithSource:
      return post(world, press, { author: world.bot, content: '' }, flagsOf(body) | MessageFlags.Loading);
    case DeferredMessageUpdate:
      return pressedMessage(press);
    case UpdateMessage:
      return editMessage(world, channel, pressedMessage(press), body, WITHIN);
    default:
      if (type == null) throw FormErrors.refusal(['type'], 'BASE_TYPE_REQUIRED', 'This field is required');
      // Modals and activities are not simulated, so they are refused as what Discord does not know either.
      throw FormErrors.refusal(['type'], 'BASE_TYPE_CHOICES', 'Value must be one of (4, 5, 6, 7).');
  }
}

function post(world: World, press: Press, message: NewMessage, flags: number): APIMessage {
  return world.post(press.channel, {
    ...message,
    ...fromPress(world, press, press.message.id),
    flags: Number(message.flags ?? 0) | flags,
  });
}

function pressedMessage({ channel, message }: Press): APIMessage {
  const current = channel.history.get(message.id);
  if (!current) throw refusals.unknownMessage();
  return current;
}

/** Only an answer to a press may be for one person's eyes. */
function flagsOf({ payload }: SentBody): number {
  return Number((payload as { flags?: unknown }).flags ?? 0) & MessageFlags.Ephemeral;
}
