import { type APIMessage, GatewayIntentBits } from 'discord.js';

const KNOWN = Object.values(GatewayIntentBits)
  .filter((bit) => typeof bit === 'number')
  .reduce((all, bit) => all | bit, 0);

/** Whether Discord would take this as a set of intents; otherwise it closes with 4013. */
export function areIntents(intents: unknown): intents is number {
  return typeof intents === 'number' && Number.isInteger(intents) && intents >= 0 && (intents & ~KNOWN) === 0;
}

/**
 * What a session without the MessageContent intent sees of a guild message:
 * https://discord.com/developers/docs/events/gateway#message-content-intent
 */
export function asSeenWith(intents: number, message: APIMessage, botId: string): APIMessage {
  const { referenced_message: original } = message;
  const whole = original ? { ...message, referenced_message: asSeenWith(intents, original, botId) } : message;
  const concernsBot = message.author.id === botId || message.mentions.some((user) => user.id === botId);
  if (concernsBot || intents & GatewayIntentBits.MessageContent) return whole;
  return { ...whole, content: '', embeds: [], attachments: [], components: [] };
}
